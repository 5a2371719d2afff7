/** Everything that the passes of a frame share: the scene in camera coordinates, bounds, and scratch arrays. */
import type { Color, Scene } from '@orrery/scene';
import { type Background, createBackground, isOutdated, renderBackground } from './background.ts';
import { type Bodies, createBodies, createLight, type Light } from './bodies.ts';
import { boundShadow, boundSolid, createRectangle, isEmpty, type Rectangle } from './bounds.ts';
import { createView, type View } from './camera.ts';
import { type Conic, createConic, setShadow, setSilhouette } from './conics.ts';

/** A visible sphere, box or capsule in this frame. */
export interface Solid {
  /** Index into `scene.bodies`. */
  readonly body: number;
  /** The pixels that it touches. */
  readonly bounds: Rectangle;
  /** Its outline in the picture plane, where that is an ellipse. */
  readonly outline: Conic;
  /** Bodies whose shadow may fall on it, `casterCount` of them. */
  readonly casters: Int32Array;
  casterCount: number;
  /** Whether it has neither pattern nor casters: a sphere then shows one `shade` key. */
  plain: boolean;
  /** [N] for each visible plane, 1 where no part of it can lie before the outline, if the solid is a sphere */
  readonly inFront: Uint8Array;
}

/** The shadow of a solid on a plane, as far as the picture can show it. */
export interface Shadow {
  /** Index of the solid in `stage.solids`, and of its body in `scene.bodies`. */
  readonly solid: number;
  readonly body: number;
  /** Index of the plane in `scene.bodies`. */
  readonly plane: number;
  readonly bounds: Rectangle;
  readonly outline: Conic;
}

/** P = H W pixels. */
export interface Stage {
  readonly view: View;
  readonly light: Light;
  readonly bodies: Bodies;
  readonly sky: Color;
  readonly background: Background;
  readonly solids: readonly Solid[];
  /** For each plane on which shadows are seen, one for each solid. */
  shadows: readonly Shadow[];
  /** Those planes, as the background names them; undefined before the first frame. */
  shadowed: readonly number[] | undefined;
  /** [P] m at the pixel's centre, in full precision; between frames that of the background */
  readonly depth: Float64Array;
  /** [P] at the pixel's centre: 0 sky or a plane in the light, 1 a plane in the shadow, else `shade`'s code */
  readonly keys: Uint16Array;
  /** [P] 1 where the pixel may hold a jump of colour */
  readonly edges: Uint8Array;
}

/**
 * @param before a stage for pictures of the same size, whose arrays the new one takes over
 * @throws where camera or light have no direction, or a scene has more than 255 bodies
 */
export function createStage(scene: Scene, width: number, height: number, before?: Stage): Stage {
  const view = createView(scene.camera, width, height);
  const bodies = createBodies(scene);
  return {
    view,
    bodies,
    light: createLight(scene, view),
    sky: scene.background,
    background: before?.background ?? createBackground(width * height),
    solids: bodies.solids.map((body) => ({
      body,
      bounds: createRectangle(),
      outline: createConic(),
      casters: new Int32Array(bodies.solids.length),
      casterCount: 0,
      plain: true,
      inFront: new Uint8Array(bodies.count),
    })),
    shadows: [],
    shadowed: undefined,
    depth: before?.depth ?? new Float64Array(width * height),
    keys: before?.keys ?? new Uint16Array(width * height),
    edges: before?.edges ?? new Uint8Array(width * height),
  };
}

/** Brings the background up to date, and what follows from it. */
export function renewBackground(stage: Stage): void {
  const { bodies, light, view, sky, background } = stage;
  if (isOutdated(background, bodies, light, view, sky)) {
    renderBackground(bodies, light, view, sky, background);
    stage.depth.set(background.depth);
  }
  if (stage.shadowed === background.shadowed) return;
  stage.shadowed = background.shadowed;
  stage.shadows = light.shadows ? createShadows(stage, background.shadowed) : [];
}

/** The shadows that the picture can show on these planes. */
function createShadows(stage: Stage, planes: readonly number[]): Shadow[] {
  return planes.flatMap((plane) =>
    stage.solids.map(({ body }, solid) => ({
      ...{ solid, body, plane },
      bounds: createRectangle(),
      outline: createConic(),
    })),
  );
}

/** Bounds and outlines of one frame, after the bodies were placed. */
export function outline({ bodies, view, light, solids, shadows }: Stage): void {
  for (const solid of solids) {
    boundSolid(bodies, solid.body, view, solid.bounds);
    if (isEmpty(solid.bounds)) continue;
    setSilhouette(bodies, solid.body, view, solid.outline);
    for (const plane of bodies.planes)
      solid.inFront[plane] = isInFront(bodies, view, solid.body, plane) ? 1 : 0;
  }
  for (const shadow of shadows) {
    boundShadow(bodies, shadow.body, shadow.plane, view, light, shadow.bounds);
    if (!isEmpty(shadow.bounds)) setShadow(bodies, shadow.body, shadow.plane, view, light, shadow.outline);
  }
  for (const solid of solids) {
    if (light.shadows) findCasters(solid, solids, bodies, light);
    solid.plain = solid.casterCount === 0 && bodies.checker[solid.body] === 0;
  }
}

/** Whether no part of the plane can lie before the outline of sphere `n`. */
function isInFront({ center, axes, size }: Bodies, view: View, n: number, plane: number): boolean {
  const nx = axes[9 * plane + 6];
  const ny = axes[9 * plane + 7];
  const nz = axes[9 * plane + 8];
  const above =
    nx * (center[3 * n] - center[3 * plane]) +
    ny * (center[3 * n + 1] - center[3 * plane + 1]) +
    nz * (center[3 * n + 2] - center[3 * plane + 2]);
  // Orthographic: the lowest point of the circle that makes the outline. Perspective: the lowest of the sphere.
  return above >= size[3 * n] * (view.perspective ? 1 : Math.sqrt(Math.max(0, 1 - nz * nz)));
}

/** The others whose shadow may fall on a solid: their bounding spheres overlap as the light sees them. */
function findCasters(
  receiver: Solid,
  solids: readonly Solid[],
  { center, reach }: Bodies,
  light: Light,
): void {
  receiver.casterCount = 0;
  if (isEmpty(receiver.bounds)) return;
  const n = receiver.body;
  for (const { body: m } of solids) {
    if (m === n) continue;
    const x = center[3 * m] - center[3 * n];
    const y = center[3 * m + 1] - center[3 * n + 1];
    const z = center[3 * m + 2] - center[3 * n + 2];
    const along = x * light.x + y * light.y + z * light.z;
    const across = x * x + y * y + z * z - along * along;
    const both = reach[n] + reach[m];
    if (along > -both && across < both * both) receiver.casters[receiver.casterCount++] = m;
  }
}
