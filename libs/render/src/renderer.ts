/**
 * Frames of one scene: planes from a cache, solids by ray casting within their bounds, edges with exact shares or
 * samples.
 *
 * Depth and segmentation are what the ray through the pixel's centre hits. Colour is that point's where the pixel and
 * its neighbours show the same face, colour and light; elsewhere it is the mean over the pixel in linear light.
 * Only + - * / sqrt and comparisons decide, so every machine makes the same bytes.
 */
import type { Appearance, Scene } from '@orrery/scene';
import { beginRow, blend } from './blend.ts';
import { place } from './bodies.ts';
import { castShadow, colorSolid, drawSolid, resetDepth, storeDepth } from './centers.ts';
import { markEdges } from './edges.ts';
import type { Frame, Poses } from './frame.ts';
import { createStage, outline, renewBackground, type Stage } from './stage.ts';
import { supersample } from './supersample.ts';

export interface Renderer {
  readonly width: number;
  readonly height: number;
  /**
   * Renders one frame.
   * @param poses where the bodies are and, after an intervention, how they look
   * @param into a frame to overwrite, of the renderer's size; a new one is made without it
   * @throws where a pose is not finite or there is not one for each body
   */
  render(poses: Poses, into?: Frame): Frame;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** An empty frame: nothing hit, black. */
export function createFrame({ width, height }: PictureSize): Frame {
  return {
    ...{ width, height },
    rgb: new Uint8Array(3 * width * height),
    depth: new Float32Array(width * height).fill(Infinity),
    segmentation: new Uint8Array(width * height),
  };
}

/** What a renderer keeps from frame to frame. */
interface Drawing {
  readonly scene: Scene;
  readonly stage: Stage;
  /** The stage of other appearances: interventions are few. */
  changed?: { readonly appearances: readonly Appearance[]; readonly stage: Stage };
}

const stages = new WeakMap<Renderer, Stage>();

/**
 * A renderer of one scene: bodies, colours, camera and light are the scene's, poses come with each frame.
 * @param before a renderer of another scene, whose memory the new one takes over where the pictures are of one size, and
 * its background where that looks the same
 * @throws where camera or light have no direction, or a scene has more than 255 bodies
 */
export function createRenderer(scene: Scene, { width, height }: PictureSize, before?: Renderer): Renderer {
  const alike = before?.width === width && before.height === height;
  const stage = createStage(scene, width, height, alike ? stages.get(before) : undefined);
  const drawing: Drawing = { scene, stage };
  const renderer: Renderer = {
    ...{ width, height },
    render: (poses, into = createFrame({ width, height })) => renderFrame(drawing, poses, into),
  };
  stages.set(renderer, stage);
  return renderer;
}

/** Not in a closure of each renderer: engines drop the compiled code of a closure with the last renderer. */
function renderFrame(drawing: Drawing, poses: Poses, into: Frame): Frame {
  const stage = stageFor(drawing, poses.appearances);
  const { bodies, view, background, solids, keys, edges } = stage;
  const { width, height } = view;
  if (into.width !== width || into.height !== height) {
    throw new Error(
      `frame "${into.width}x${into.height}": the renderer makes ${width}x${height}; give a frame of that size`,
    );
  }
  place(bodies, view, poses);
  renewBackground(stage);
  into.rgb.set(background.litCodes);
  into.depth.set(background.storedDepth);
  into.segmentation.set(background.plane);
  keys.fill(0);
  edges.fill(0);
  outline(stage);
  for (const solid of solids) drawSolid(stage, solid, into.segmentation);
  for (const shadow of stage.shadows) castShadow(stage, shadow, into);
  for (const solid of solids) colorSolid(stage, solid, into);
  const { x0, y0, x1, y1 } = markEdges(stage);
  for (let row = y0; row <= y1; row++) {
    beginRow(stage, row);
    for (let column = x0, p = row * width + x0; column <= x1; column++, p++) {
      if (edges[p] === 0) continue;
      if (!blend(stage, column, row, into.rgb)) supersample(stage, column, row, into.rgb);
    }
  }
  for (const solid of solids) storeDepth(stage, solid, into.depth);
  for (const solid of solids) resetDepth(stage, solid);
  return into;
}

function stageFor(drawing: Drawing, appearances: readonly Appearance[] | undefined): Stage {
  const { scene, stage, changed } = drawing;
  if (appearances === undefined || isSame(appearances, scene.bodies)) return stage;
  if (appearances.length !== scene.bodies.length) {
    throw new Error(
      `poses: ${appearances.length} appearances; give one for each of the ${scene.bodies.length} bodies`,
    );
  }
  if (changed !== undefined && isSame(appearances, changed.appearances)) return changed.stage;
  const bodies = scene.bodies.map((body, n) => ({ ...body, ...appearances[n] }));
  const { width, height } = stage.view;
  drawing.changed = { appearances, stage: createStage({ ...scene, bodies }, width, height) };
  return drawing.changed.stage;
}

/** Whether bodies look the same. */
function isSame(a: readonly Appearance[], b: readonly Appearance[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ visible, color }, n) => visible === b[n].visible && color.every((c, k) => c === b[n].color[k]))
  );
}
