/** Which pixels a body, or its shadow on a plane, can touch: cost then follows what is covered. */
import { type Bodies, BOX, CAPSULE, type Light } from './bodies.ts';
import type { View } from './camera.ts';

/** Pixel columns x0 to x1 and rows y0 to y1, both ends included; empty where x1 < x0 or y1 < y0. */
export interface Rectangle {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export function createRectangle(): Rectangle {
  return { x0: 0, y0: 0, x1: -1, y1: -1 };
}

export function isEmpty({ x0, y0, x1, y1 }: Rectangle): boolean {
  return x1 < x0 || y1 < y0;
}

export function holds({ x0, y0, x1, y1 }: Rectangle, column: number, row: number): boolean {
  return column >= x0 && column <= x1 && row >= y0 && row <= y1;
}

/** Slack in pixels, so that rounding never cuts off what a sample would hit. */
const SLACK = 1e-6;

const other = createRectangle();

/** Writes the pixels that solid `n` touches. */
export function boundSolid(bodies: Bodies, n: number, view: View, out: Rectangle): void {
  if (bodies.kind[n] === BOX) return boundBox(bodies, n, view, 0, 0, 0, 0, 0, 0, 0, out);
  const { center, axes, size } = bodies;
  const radius = size[3 * n];
  const [x, y, z] = [center[3 * n], center[3 * n + 1], center[3 * n + 2]];
  if (bodies.kind[n] !== CAPSULE) return boundBall(view, x, y, z, radius, out);
  // What holds both ends holds what lies between them, unless that crosses the camera's plane.
  const half = size[3 * n + 2];
  const [ax, ay, az] = [half * axes[9 * n + 6], half * axes[9 * n + 7], half * axes[9 * n + 8]];
  if (view.perspective && z - Math.abs(az) <= radius && z + Math.abs(az) > -radius) return whole(view, out);
  boundBall(view, x + ax, y + ay, z + az, radius, out);
  boundBall(view, x - ax, y - ay, z - az, radius, other);
  include(out, other);
}

/** Widens `out` by another rectangle. */
function include(out: Rectangle, { x0, y0, x1, y1 }: Rectangle): void {
  out.x0 = Math.min(out.x0, x0);
  out.y0 = Math.min(out.y0, y0);
  out.x1 = Math.max(out.x1, x1);
  out.y1 = Math.max(out.y1, y1);
}

/** Writes the pixels in which the shadow of solid `n` on `plane` can be seen. */
export function boundShadow(
  bodies: Bodies,
  n: number,
  plane: number,
  view: View,
  light: Light,
  out: Rectangle,
): void {
  const { center, axes } = bodies;
  const nx = axes[9 * plane + 6];
  const ny = axes[9 * plane + 7];
  const nz = axes[9 * plane + 8];
  const slope = nx * light.x + ny * light.y + nz * light.z;
  const px = center[3 * plane];
  const py = center[3 * plane + 1];
  const pz = center[3 * plane + 2];
  if (bodies.kind[n] === BOX) return boundBox(bodies, n, view, nx, ny, nz, px, py, pz, slope, out, light);
  const x = center[3 * n];
  const y = center[3 * n + 1];
  const z = center[3 * n + 2];
  const radius = bodies.size[3 * n];
  const above = nx * (x - px) + ny * (y - py) + nz * (z - pz);
  if (bodies.kind[n] !== CAPSULE) {
    if (above < -radius) return empty(out); // wholly below the surface
    return boundBallShadow(view, light, x, y, z, radius, nx, ny, nz, above, slope, out);
  }
  const half = bodies.size[3 * n + 2];
  const ax = half * axes[9 * n + 6];
  const ay = half * axes[9 * n + 7];
  const az = half * axes[9 * n + 8];
  const rise = nx * ax + ny * ay + nz * az;
  if (above + Math.abs(rise) < -radius) return empty(out);
  if (view.perspective) {
    // As for solids: what crosses the camera's plane may be seen anywhere.
    const middle = z - (above / slope) * light.z;
    const reach = Math.abs(az - (rise / slope) * light.z);
    if (middle - reach <= radius / slope && middle + reach > -radius / slope) return whole(view, out);
  }
  boundBallShadow(view, light, x + ax, y + ay, z + az, radius, nx, ny, nz, above + rise, slope, out);
  boundBallShadow(view, light, x - ax, y - ay, z - az, radius, nx, ny, nz, above - rise, slope, other);
  include(out, other);
}

/** The shadow of a ball around (x, y, z), which is `above` metres over the plane. */
function boundBallShadow(
  view: View,
  light: Light,
  x: number,
  y: number,
  z: number,
  radius: number,
  nx: number,
  ny: number,
  nz: number,
  above: number,
  slope: number,
  out: Rectangle,
): void {
  const t = above / slope;
  const sx = x - t * light.x;
  const sy = y - t * light.y;
  const sz = z - t * light.z;
  if (view.perspective) return boundBall(view, sx, sy, sz, radius / slope, out);
  // The shadow is the ellipse { s + u: |u - (u . l) l| <= r, u . n = 0 }: extents along the picture's axes follow
  // from projecting the disc of radius r that faces the light along l, e_x - l_x n / (l . n) being what x measures.
  boundFlat(
    view,
    sx,
    sy,
    radius * discExtent(1 - (light.x * nx) / slope, -(light.x * ny) / slope, -(light.x * nz) / slope, light),
    radius * discExtent(-(light.y * nx) / slope, 1 - (light.y * ny) / slope, -(light.y * nz) / slope, light),
    out,
  );
}

/** Length of the part of (x, y, z) that is perpendicular to the light. */
function discExtent(x: number, y: number, z: number, light: Light): number {
  const along = x * light.x + y * light.y + z * light.z;
  const px = x - along * light.x;
  const py = y - along * light.y;
  const pz = z - along * light.z;
  return Math.sqrt(px * px + py * py + pz * pz);
}

function boundBall(view: View, x: number, y: number, z: number, radius: number, out: Rectangle): void {
  if (!view.perspective) return boundFlat(view, x, y, radius, radius, out);
  if (z <= -radius) return empty(out);
  const near = z * z - radius * radius;
  if (z <= radius || near < 1e-9 * z * z) return whole(view, out);
  // Tangents from the eye to the sphere's outline in the x-z and y-z planes.
  const wx = (radius * Math.sqrt(x * x + near)) / near;
  const wy = (radius * Math.sqrt(y * y + near)) / near;
  boundFlat(view, (x * z) / near, (y * z) / near, wx, wy, out);
}

/** The rectangle around (x, y) with half sides rx and ry, in units of the picture plane. */
function boundFlat(view: View, x: number, y: number, rx: number, ry: number, out: Rectangle): void {
  clip(view, x - rx, x + rx, y - ry, y + ry, out);
}

/** The corners of box `n`, moved along the light onto the plane (p, normal) when `slope` is not 0. */
function boundBox(
  bodies: Bodies,
  n: number,
  view: View,
  nx: number,
  ny: number,
  nz: number,
  px: number,
  py: number,
  pz: number,
  slope: number,
  out: Rectangle,
  light?: Light,
): void {
  const { center, axes, size } = bodies;
  let xMin = Infinity;
  let xMax = -Infinity;
  let yMin = Infinity;
  let yMax = -Infinity;
  let highest = -Infinity;
  for (let corner = 0; corner < 8; corner++) {
    let x = center[3 * n];
    let y = center[3 * n + 1];
    let z = center[3 * n + 2];
    for (let k = 0; k < 3; k++) {
      const s = ((corner >> k) & 1 ? 1 : -1) * size[3 * n + k];
      x += s * axes[9 * n + 3 * k];
      y += s * axes[9 * n + 3 * k + 1];
      z += s * axes[9 * n + 3 * k + 2];
    }
    if (light !== undefined) {
      const above = nx * (x - px) + ny * (y - py) + nz * (z - pz);
      highest = Math.max(highest, above);
      x -= (above / slope) * light.x;
      y -= (above / slope) * light.y;
      z -= (above / slope) * light.z;
    }
    if (view.perspective) {
      if (z < 1e-6) return whole(view, out);
      x /= z;
      y /= z;
    }
    xMin = Math.min(xMin, x);
    xMax = Math.max(xMax, x);
    yMin = Math.min(yMin, y);
    yMax = Math.max(yMax, y);
  }
  if (light !== undefined && highest < 0) return empty(out);
  clip(view, xMin, xMax, yMin, yMax, out);
}

function clip(view: View, xMin: number, xMax: number, yMin: number, yMax: number, out: Rectangle): void {
  const { width, height, pixel } = view;
  out.x0 = Math.max(0, Math.floor(width / 2 + xMin / pixel - SLACK));
  out.x1 = Math.min(width - 1, Math.floor(width / 2 + xMax / pixel + SLACK));
  out.y0 = Math.max(0, Math.floor(height / 2 - yMax / pixel - SLACK));
  out.y1 = Math.min(height - 1, Math.floor(height / 2 - yMin / pixel + SLACK));
}

function whole(view: View, out: Rectangle): void {
  out.x0 = 0;
  out.y0 = 0;
  out.x1 = view.width - 1;
  out.y1 = view.height - 1;
}

function empty(out: Rectangle): void {
  out.x0 = 0;
  out.y0 = 0;
  out.x1 = -1;
  out.y1 = -1;
}
