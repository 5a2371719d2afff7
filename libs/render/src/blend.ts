/**
 * The colour of a pixel whose only edges are ellipses over a plane of one colour: exact shares instead of samples.
 *
 * The pixel is cut into a few strips across the edge; on the middle line of each, the parts that a sphere and the
 * shadows cover are intervals. A ball that moves by a hundredth of a pixel changes the picture smoothly, which is what
 * lets a reader of the picture recover where it is.
 */
import { FLAT } from './background.ts';
import { type Conic, CROSSED, cut, INSIDE, isSteep, locate, OUTSIDE, positive, STRIPS } from './conics.ts';
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

/** Indices into `stage.solids` and `stage.shadows` of those whose bounds reach into a row: what `blend` looks at there. */
const solidsInRow = new Uint8Array(255);
const shadowsInRow = new Uint16Array(255 * 255);
let solidCount = 0;
let shadowCount = 0;

/** Prepares `blend` for the pixels of a row. */
export function beginRow({ solids, shadows }: Stage, row: number): void {
  solidCount = shadowCount = 0;
  for (let k = 0; k < solids.length; k++) {
    const { y0, y1 } = solids[k].bounds;
    if (row >= y0 && row <= y1) solidsInRow[solidCount++] = k;
  }
  for (let k = 0; k < shadows.length; k++) {
    const { y0, y1 } = shadows[k].bounds;
    if (row >= y0 && row <= y1) shadowsInRow[shadowCount++] = k;
  }
}

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
  for (let k = 0; k < solidCount; k++) {
    const solid = solids[solidsInRow[k]];
    const { x0, x1 } = solid.bounds;
    if (column < x0 || column > x1) continue;
    if (!solid.outline.valid) return false;
    const where = locate(solid.outline, column, row);
    if (where === OUTSIDE) continue;
    if (sphere !== undefined) return false;
    sphere = solid;
    if (where === CROSSED) edge = solid.outline;
  }
  if (sphere !== undefined) {
    if (plane >= 0 && sphere.inFront[plane] === 0) return false;
    if (!sphere.plain && !isUniform(stage, sphere.body, column, row)) return false;
    if (edge === undefined) return true;
  }
  let first: Shadow | undefined;
  let second: Shadow | undefined;
  let isDark = false;
  for (let k = 0; k < shadowCount; k++) {
    const shadow = shadows[shadowsInRow[k]];
    const { x0, x1 } = shadow.bounds;
    if (column < x0 || column > x1 || shadow.plane !== plane) continue;
    if (!shadow.outline.valid) return false;
    const where = locate(shadow.outline, column, row);
    if (where === OUTSIDE) continue;
    if (second !== undefined) return false;
    if (first === undefined) {
      first = shadow;
      isDark = where === INSIDE;
    } else second = shadow;
    if (where === CROSSED) edge ??= shadow.outline;
  }
  if (edge === undefined) return true;

  const steep = isSteep(edge, column, row);
  if (sphere !== undefined) cut(sphere.outline, steep, column, row, ball);
  let dark = 0;
  if (first !== undefined) {
    if (isDark) for (let i = 0; i < 2 * STRIPS; i++) shade1[i] = i & 1;
    else cut(first.outline, steep, column, row, shade1);
    dark += sumOutside(shade1, sphere !== undefined);
    if (second !== undefined) {
      cut(second.outline, steep, column, row, shade2);
      dark += sumOutside(shade2, sphere !== undefined);
      // What lies in both has been counted twice.
      for (let i = 0; i < 2 * STRIPS; i += 2) {
        shade1[i] = Math.max(shade1[i], shade2[i]);
        shade1[i + 1] = Math.min(shade1[i + 1], shade2[i + 1]);
      }
      dark -= sumOutside(shade1, sphere !== undefined);
    }
  }
  if (sphere === undefined) ballLight[0] = ballLight[1] = ballLight[2] = ballLight[3] = 0;
  else if (sphere.plain && !view.perspective) shadePlainBall(stage, sphere.body, steep, column, row);
  else shadeBall(stage, sphere, steep, column, row);
  const bright = STRIPS - ballLight[3] - dark;
  const { lit, unlit } = background;
  rgb[3 * p] = encodeSrgb((ballLight[0] + bright * lit[3 * p] + dark * unlit[3 * p]) / STRIPS);
  rgb[3 * p + 1] = encodeSrgb((ballLight[1] + bright * lit[3 * p + 1] + dark * unlit[3 * p + 1]) / STRIPS);
  rgb[3 * p + 2] = encodeSrgb((ballLight[2] + bright * lit[3 * p + 2] + dark * unlit[3 * p + 2]) / STRIPS);
  return true;
}

/** Where Gauss's rule with two points evaluates on an interval from 0 to 1. */
const EARLY = 0.5 - Math.sqrt(3) / 6;
const LATE = 0.5 + Math.sqrt(3) / 6;

/** Writes to `ballLight` what the sphere's part of each strip adds to the pixel: brightness falls steeply at the rim. */
function shadeBall(stage: Stage, solid: Solid, steep: boolean, column: number, row: number): void {
  const { view, bodies, light } = stage;
  const { width, height, pixel, perspective } = view;
  const { body: n, plain, casters, casterCount } = solid;
  let covered = 0;
  let facing = 0;
  ballLight[0] = ballLight[1] = ballLight[2] = 0;
  for (let i = 0; i < 2 * STRIPS; i++) {
    const strip = i >> 1;
    const from = ball[2 * strip];
    const length = ball[2 * strip + 1] - from;
    if (length <= 0) continue;
    const along = from + ((i & 1) === 0 ? EARLY : LATE) * length;
    const across = (strip + 0.5) / STRIPS;
    const x = (column + (steep ? along : across) - width / 2) * pixel;
    const y = (height / 2 - row - (steep ? across : along)) * pixel;
    covered += 0.5 * length;
    const z = perspective ? rimDepth(bodies, n, 0, 0, x, y) : rimDepth(bodies, n, x, y, 0, 0);
    point[0] = perspective ? x * z : x;
    point[1] = perspective ? y * z : y;
    point[2] = z;
    if (plain) {
      // `shade` for what most balls are: one colour, in nobody's shadow.
      const { center, size } = bodies;
      const cosine =
        (point[0] - center[3 * n]) * light.x +
        (point[1] - center[3 * n + 1]) * light.y +
        (z - center[3 * n + 2]) * light.z;
      facing += 0.5 * length * Math.max(0, cosine / size[3 * n]);
      continue;
    }
    shade(bodies, light, n, point, casters, casterCount, color);
    ballLight[0] += 0.5 * length * color[0];
    ballLight[1] += 0.5 * length * color[1];
    ballLight[2] += 0.5 * length * color[2];
  }
  ballLight[3] = covered;
  if (plain) colorBall(stage, n, covered, facing);
}

/** `shadeBall` for a plain ball and an orthographic camera: most pixels of most datasets come here. */
function shadePlainBall(stage: Stage, n: number, steep: boolean, column: number, row: number): void {
  const { width, height, pixel } = stage.view;
  const { center, size } = stage.bodies;
  const { x: lightX, y: lightY, z: lightZ } = stage.light;
  const left = (column - width / 2) * pixel - center[3 * n];
  const top = (height / 2 - row) * pixel - center[3 * n + 1];
  const radius = size[3 * n];
  const square = radius * radius;
  let covered = 0;
  let facing = 0;
  let across = (0.5 / STRIPS) * pixel;
  for (let i = 0; i < 2 * STRIPS; i += 2) {
    const from = ball[i];
    const length = ball[i + 1] - from;
    covered += length;
    const early = (from + EARLY * length) * pixel;
    const late = (from + LATE * length) * pixel;
    const x1 = left + (steep ? early : across);
    const x2 = left + (steep ? late : across);
    const y1 = top - (steep ? across : early);
    const y2 = top - (steep ? across : late);
    const depth1 = Math.sqrt(positive(square - (x1 * x1 + y1 * y1)));
    const depth2 = Math.sqrt(positive(square - (x2 * x2 + y2 * y2)));
    const cosine1 = x1 * lightX + y1 * lightY - depth1 * lightZ;
    const cosine2 = x2 * lightX + y2 * lightY - depth2 * lightZ;
    facing += length * (positive(cosine1) + positive(cosine2));
    across += pixel / STRIPS;
  }
  ballLight[3] = covered;
  colorBall(stage, n, covered, (0.5 * facing) / radius);
}

/** Writes to `ballLight` the colour of a ball in one colour that covers that much, and faces the light as much. */
function colorBall({ bodies, light }: Stage, n: number, covered: number, facing: number): void {
  const strength = covered * light.ambient + facing * light.intensity;
  ballLight[0] = bodies.color[6 * n] * strength;
  ballLight[1] = bodies.color[6 * n + 1] * strength;
  ballLight[2] = bodies.color[6 * n + 2] * strength;
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

/** Length of the intervals, where there is a ball without what it covers of them. */
function sumOutside(intervals: Float64Array, isBall: boolean): number {
  let sum = 0;
  for (let i = 0; i < 2 * STRIPS; i += 2) {
    const from = intervals[i];
    const to = intervals[i + 1];
    sum += positive(to - from);
    if (isBall) sum -= positive(Math.min(to, ball[i + 1]) - Math.max(from, ball[i]));
  }
  return sum;
}
