/**
 * The colour of a pixel whose only edges are ellipses over a plane of one colour: exact shares instead of samples.
 *
 * The pixel is cut into a few strips across the edge; on the middle line of each, the parts that a sphere and the
 * shadows cover are intervals. A ball that moves by a hundredth of a pixel changes the picture smoothly, which is what
 * lets a reader of the picture recover where it is.
 */
import { FLAT } from './background.ts';
import { holds } from './bounds.ts';
import { type Conic, CROSSED, cut, isSteep, locate, OUTSIDE, STRIPS } from './conics.ts';
import { rimDepth } from './intersect.ts';
import { firstKey, shade } from './shade.ts';
import { encodeSrgb } from './srgb.ts';
import type { Shadow, Solid, Stage } from './stage.ts';

const point = new Float64Array(3);
const color = new Float64Array(3);
/** [4] linear RGB of the sphere times its share of the strips; that share */
const ballLight = new Float64Array(4);
/** [STRIPS, 2] ends of intervals, from 0 to 1 across the pixel; equal ends where nothing is covered */
const ball = new Float64Array(2 * STRIPS);
const shade1 = new Float64Array(2 * STRIPS);
const shade2 = new Float64Array(2 * STRIPS);

/**
 * Writes the colour of pixel (column, row) where that is possible, or leaves it where the pixel holds no edge.
 * @returns false where the pixel needs samples: boxes, capsules, several spheres, a pattern's or a shadow's edge on a sphere,
 *   a pattern's edge on the plane
 */
export function blend(stage: Stage, column: number, row: number, rgb: Uint8Array): boolean {
  const { view, background, solids, shadows } = stage;
  const p = row * view.width + column;
  if (background.surface[p] !== FLAT) return false;
  const plane = background.plane[p] - 1;

  let sphere: Solid | undefined;
  let edge: Conic | undefined;
  for (let k = 0; k < solids.length; k++) {
    const solid = solids[k];
    if (!holds(solid.bounds, column, row)) continue;
    if (!solid.outline.valid) return false;
    const where = locate(solid.outline, column, row);
    if (where === OUTSIDE) continue;
    if (sphere !== undefined) return false;
    sphere = solid;
    if (where === CROSSED) edge = solid.outline;
  }
  if (sphere !== undefined) {
    if (plane >= 0 && !isInFront(stage, sphere.body, plane)) return false;
    // Without pattern and shadows a sphere shows one key.
    const plain = stage.bodies.checker[sphere.body] === 0 && sphere.casterCount === 0;
    if (!plain && !isUniform(stage, sphere.body, column, row)) return false;
    if (edge === undefined) return true;
  }
  let first: Shadow | undefined;
  let second: Shadow | undefined;
  for (let k = 0; k < shadows.length; k++) {
    const shadow = shadows[k];
    if (shadow.plane !== plane || !holds(shadow.bounds, column, row)) continue;
    if (!shadow.outline.valid) return false;
    const where = locate(shadow.outline, column, row);
    if (where === OUTSIDE) continue;
    if (second !== undefined) return false;
    if (first === undefined) first = shadow;
    else second = shadow;
    if (where === CROSSED) edge ??= shadow.outline;
  }
  if (edge === undefined) return true;

  const steep = isSteep(edge, column, row);
  if (sphere === undefined) ball.fill(0);
  else cut(sphere.outline, steep, column, row, ball);
  let dark = 0;
  if (first !== undefined) {
    cut(first.outline, steep, column, row, shade1);
    dark += sumOutside(shade1);
    if (second !== undefined) {
      cut(second.outline, steep, column, row, shade2);
      dark += sumOutside(shade2);
      // What lies in both has been counted twice.
      for (let i = 0; i < 2 * STRIPS; i += 2) {
        shade1[i] = Math.max(shade1[i], shade2[i]);
        shade1[i + 1] = Math.min(shade1[i + 1], shade2[i + 1]);
      }
      dark -= sumOutside(shade1);
    }
  }
  ballLight.fill(0);
  if (sphere !== undefined) shadeBall(stage, sphere, steep, column, row);
  const bright = STRIPS - ballLight[3] - dark;
  const { lit, unlit } = background;
  rgb[3 * p] = encodeSrgb((ballLight[0] + bright * lit[3 * p] + dark * unlit[3 * p]) / STRIPS);
  rgb[3 * p + 1] = encodeSrgb((ballLight[1] + bright * lit[3 * p + 1] + dark * unlit[3 * p + 1]) / STRIPS);
  rgb[3 * p + 2] = encodeSrgb((ballLight[2] + bright * lit[3 * p + 2] + dark * unlit[3 * p + 2]) / STRIPS);
  return true;
}

/** Where Gauss's rule with two points evaluates on an interval from 0 to 1. */
const GAUSS = [0.5 - Math.sqrt(3) / 6, 0.5 + Math.sqrt(3) / 6];

/** Writes to `ballLight` what the sphere's part of each strip adds to the pixel: brightness falls steeply at the rim. */
function shadeBall(stage: Stage, solid: Solid, steep: boolean, column: number, row: number): void {
  const { view, bodies, light } = stage;
  const { width, height, pixel, perspective } = view;
  const { body: n, casters, casterCount } = solid;
  const plain = casterCount === 0 && bodies.checker[n] === 0;
  const cx = bodies.center[3 * n];
  const cy = bodies.center[3 * n + 1];
  const cz = bodies.center[3 * n + 2];
  const radius = bodies.size[3 * n];
  let covered = 0;
  let facing = 0;
  for (let i = 0; i < 2 * STRIPS; i++) {
    const strip = i >> 1;
    const from = ball[2 * strip];
    const length = ball[2 * strip + 1] - from;
    if (length <= 0) continue;
    const along = from + GAUSS[i & 1] * length;
    const across = (strip + 0.5) / STRIPS;
    const x = (column + (steep ? along : across) - width / 2) * pixel;
    const y = (height / 2 - row - (steep ? across : along)) * pixel;
    covered += 0.5 * length;
    if (plain && !perspective) {
      // The same steps as below in one place: most pixels of most datasets come here.
      const ox = x - cx;
      const oy = y - cy;
      const z = cz - Math.sqrt(Math.max(0, radius * radius - (ox * ox + oy * oy)));
      facing += 0.5 * length * Math.max(0, (ox * light.x + oy * light.y + (z - cz) * light.z) / radius);
      continue;
    }
    const z = perspective ? rimDepth(bodies, n, 0, 0, x, y) : rimDepth(bodies, n, x, y, 0, 0);
    point[0] = perspective ? x * z : x;
    point[1] = perspective ? y * z : y;
    point[2] = z;
    if (plain) {
      // `shade` for what most balls are: one colour, in nobody's shadow.
      const cosine = (point[0] - cx) * light.x + (point[1] - cy) * light.y + (z - cz) * light.z;
      facing += 0.5 * length * Math.max(0, cosine / radius);
      continue;
    }
    shade(bodies, light, n, point, casters, casterCount, color);
    ballLight[0] += 0.5 * length * color[0];
    ballLight[1] += 0.5 * length * color[1];
    ballLight[2] += 0.5 * length * color[2];
  }
  ballLight[3] = covered;
  if (!plain) return;
  const strength = covered * light.ambient + facing * light.intensity;
  for (let k = 0; k < 3; k++) ballLight[k] = bodies.color[6 * n + k] * strength;
}

/** Whether no part of the plane can lie before the outline of sphere `n`. */
function isInFront({ bodies, view }: Stage, n: number, plane: number): boolean {
  const { center, axes, size } = bodies;
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

/** Whether the pixels around show one face, pattern and light of body `n` only. */
function isUniform({ keys, view }: Stage, n: number, column: number, row: number): boolean {
  const { width, height } = view;
  const lowest = firstKey(n);
  const end = firstKey(n + 1);
  let seen = 0;
  for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
      const key = keys[r * width + c];
      if (key < lowest || key >= end) continue;
      if (seen !== 0 && key !== seen) return false;
      seen = key;
    }
  }
  return true;
}

/** Length of the intervals without what the ball covers of them. */
function sumOutside(intervals: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < 2 * STRIPS; i += 2) {
    const length = intervals[i + 1] - intervals[i];
    if (length <= 0) continue;
    sum += length - Math.max(0, Math.min(intervals[i + 1], ball[i + 1]) - Math.max(intervals[i], ball[i]));
  }
  return sum;
}
