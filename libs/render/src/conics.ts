/**
 * Outlines of spheres and of their shadows on planes: ellipses in the picture plane.
 *
 * A conic is the set where a x² + 2 b x y + c y² + 2 d x + 2 e y + f <= 0, with (x, y) in pixels from the picture's top
 * left corner. A line meets an ellipse in one interval, so the share of a pixel that it covers needs no sampling.
 */
import { type Bodies, type Light, SPHERE } from './bodies.ts';
import type { View } from './camera.ts';

export interface Conic {
  /** Whether the conic is an ellipse and describes the outline; nothing else may be read where it does not. */
  valid: boolean;
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
  /** 1 / a and 1 / c */
  inverseA: number;
  inverseC: number;
}

export function createConic(): Conic {
  return { valid: false, a: 0.5, b: 0.5, c: 0.5, d: 0.5, e: 0.5, f: 0.5, inverseA: 0.5, inverseC: 0.5 };
}

/** The outline of sphere `n`: where rays pass its centre at its radius. Invalid for other solids and around the camera. */
export function setSilhouette(bodies: Bodies, n: number, view: View, out: Conic): void {
  out.valid = false;
  if (bodies.kind[n] !== SPHERE) return;
  const x = bodies.center[3 * n];
  const y = bodies.center[3 * n + 1];
  const z = bodies.center[3 * n + 2];
  const radius = bodies.size[3 * n];
  if (z <= 1.001 * radius) return;
  if (!view.perspective) {
    write(view, out, 1, 0, 1, -x, -y, x * x + y * y - radius * radius);
    return;
  }
  // |c - (c . d) d / |d|²|² <= r², times |d|², with d = (x, y, 1).
  const rest = x * x + y * y + z * z - radius * radius;
  write(view, out, rest - x * x, -x * y, rest - y * y, -x * z, -y * z, rest - z * z);
}

/**
 * The outline of the shadow of sphere `n` on `plane`: the points q of the plane, relative to the sphere's centre, with
 * |q - (q . l) l| <= r. Invalid for other solids, and where the sphere reaches below the plane's surface.
 */
export function setShadow(
  bodies: Bodies,
  n: number,
  plane: number,
  view: View,
  light: Light,
  out: Conic,
): void {
  out.valid = false;
  if (bodies.kind[n] !== SPHERE) return;
  const { center, axes, size } = bodies;
  const radius = size[3 * n];
  const nx = axes[9 * plane + 6];
  const ny = axes[9 * plane + 7];
  const nz = axes[9 * plane + 8];
  const x = center[3 * n];
  const y = center[3 * n + 1];
  const z = center[3 * n + 2];
  /** n . p for the points p of the plane */
  const level = nx * center[3 * plane] + ny * center[3 * plane + 1] + nz * center[3 * plane + 2];
  const slope = nx * light.x + ny * light.y + nz * light.z;
  const above = nx * x + ny * y + nz * z - level;
  // Else a part of the sphere's rim, as the light sees it, lies below the surface and casts nothing.
  if (above < radius * Math.sqrt(Math.max(0, 1 - slope * slope))) return;
  // q, a linear function of the picture's coordinates (perspective: times n . d, which keeps it linear).
  let qxx: number, qxy: number, qxz: number, qyx: number, qyy: number, qyz: number;
  let q1x: number, q1y: number, q1z: number;
  let mx = 0;
  let my = 0;
  let m1 = 1;
  if (view.perspective) {
    [qxx, qxy, qxz] = [level - nx * x, -nx * y, -nx * z];
    [qyx, qyy, qyz] = [-ny * x, level - ny * y, -ny * z];
    [q1x, q1y, q1z] = [-nz * x, -nz * y, level - nz * z];
    [mx, my, m1] = [nx, ny, nz];
  } else {
    [qxx, qxy, qxz] = [1, 0, -nx / nz];
    [qyx, qyy, qyz] = [0, 1, -ny / nz];
    [q1x, q1y, q1z] = [-x, -y, level / nz - z];
  }
  // Less what runs along the light.
  const alongX = qxx * light.x + qxy * light.y + qxz * light.z;
  qxx -= alongX * light.x;
  qxy -= alongX * light.y;
  qxz -= alongX * light.z;
  const alongY = qyx * light.x + qyy * light.y + qyz * light.z;
  qyx -= alongY * light.x;
  qyy -= alongY * light.y;
  qyz -= alongY * light.z;
  const along1 = q1x * light.x + q1y * light.y + q1z * light.z;
  q1x -= along1 * light.x;
  q1y -= along1 * light.y;
  q1z -= along1 * light.z;
  const r2 = radius * radius;
  write(
    view,
    out,
    qxx * qxx + qxy * qxy + qxz * qxz - r2 * mx * mx,
    qxx * qyx + qxy * qyy + qxz * qyz - r2 * mx * my,
    qyx * qyx + qyy * qyy + qyz * qyz - r2 * my * my,
    qxx * q1x + qxy * q1y + qxz * q1z - r2 * mx * m1,
    qyx * q1x + qyy * q1y + qyz * q1z - r2 * my * m1,
    q1x * q1x + q1y * q1y + q1z * q1z - r2 * m1 * m1,
  );
}

/** Turns a conic in (X, Y), m in the picture plane (perspective: at depth 1 m), into pixels. */
function write(
  { width, height, pixel }: View,
  out: Conic,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
): void {
  // X = x0 + pixel x, Y = y0 - pixel y
  const x0 = (-width / 2) * pixel;
  const y0 = (height / 2) * pixel;
  const gx = a * x0 + b * y0 + d;
  const gy = b * x0 + c * y0 + e;
  out.a = a * pixel * pixel;
  out.b = -b * pixel * pixel;
  out.c = c * pixel * pixel;
  out.d = gx * pixel;
  out.e = -gy * pixel;
  out.f = gx * x0 + gy * y0 + d * x0 + e * y0 + f;
  out.inverseA = 1 / out.a;
  out.inverseC = 1 / out.c;
  // Thin slivers are left to sampling, too.
  out.valid = a > 0 && c > 0 && a * c - b * b > 1e-6 * a * c;
}

/** Half the diagonal of a pixel, rounded up. */
const REACH = 0.7072;

export const OUTSIDE = 0;
export const CROSSED = 1;
export const INSIDE = 2;

/**
 * Where a pixel lies: OUTSIDE, INSIDE, or perhaps CROSSED by the outline.
 * The bounds are those of a convex quadratic with a Hessian of trace 2 (a + c), at half a diagonal from the centre.
 */
export function locate({ a, b, c, d, e, f }: Conic, column: number, row: number): number {
  const x = column + 0.5;
  const y = row + 0.5;
  const gx = a * x + b * y + d;
  const gy = b * x + c * y + e;
  const value = gx * x + gy * y + d * x + e * y + f;
  const step = 2 * REACH * Math.sqrt(gx * gx + gy * gy);
  if (value > step) return OUTSIDE;
  return value + step + (a + c) * REACH * REACH < 0 ? INSIDE : CROSSED;
}

/** Whether the outline near a pixel runs up and down rather than left and right. */
export function isSteep({ a, b, c, d, e }: Conic, column: number, row: number): boolean {
  const x = column + 0.5;
  const y = row + 0.5;
  return Math.abs(a * x + b * y + d) >= Math.abs(b * x + c * y + e);
}

/** x, or 0 where that is less: without a branch, which processors would guess wrong at every second edge. */
export function positive(x: number): number {
  return 0.5 * (x + Math.abs(x));
}

export const STRIPS = 4;

/**
 * Cuts a pixel into strips across the outline, and writes the part of each strip's middle line that the conic covers:
 * along x where the outline is steep, else along y.
 * @param out [STRIPS, 2] receives both ends, from 0 to 1; equal ends where nothing is covered
 */
export function cut(
  { a, b, c, d, e, f, inverseA, inverseC }: Conic,
  steep: boolean,
  column: number,
  row: number,
  out: Float64Array,
): void {
  const square = steep ? a : c;
  const inverse = steep ? inverseA : inverseC;
  const other = steep ? c : a;
  const linear = steep ? d : e;
  const otherLinear = 2 * (steep ? e : d);
  const start = steep ? column : row;
  let line = (steep ? row : column) + 0.5 / STRIPS;
  for (let i = 0; i < 2 * STRIPS; i += 2) {
    const half = b * line + linear;
    const rest = half * half - square * ((other * line + otherLinear) * line + f);
    const root = Math.sqrt(positive(rest));
    const from = positive((-half - root) * inverse - start);
    const to = 1 - positive(1 - ((root - half) * inverse - start));
    out[i] = from;
    out[i + 1] = from + positive(to - from);
    line += 1 / STRIPS;
  }
}
