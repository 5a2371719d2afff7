/**
 * Rays against shapes, in camera coordinates.
 *
 * A view ray starts at (ox, oy, 0) and runs along (dx, dy, 1), so its parameter is the depth: orthographic rays have
 * dx = dy = 0, perspective rays ox = oy = 0. A shadow ray starts at a hit and runs towards the light.
 */
import { BOX, CAPSULE, type Bodies, type Light, SPHERE } from './bodies.ts';

/** Planes closer to edge-on than this (sine of the angle to the ray) count as unseen: rounding alone decides there. */
const EDGE_ON = 1e-9;

/** Depth at which the ray enters solid `n`; Infinity where it does not, or starts inside. */
export function hitSolid(bodies: Bodies, n: number, ox: number, oy: number, dx: number, dy: number): number {
  const kind = bodies.kind[n];
  if (kind === SPHERE) return hitSphere(bodies, n, ox, oy, dx, dy);
  if (kind === BOX) return hitBox(bodies, n, ox, oy, dx, dy);
  const { center } = bodies;
  const depth = enterCapsule(
    bodies,
    n,
    ox - center[3 * n],
    oy - center[3 * n + 1],
    -center[3 * n + 2],
    dx,
    dy,
    1,
  );
  return depth > 0 ? depth : Infinity;
}

function hitSphere(bodies: Bodies, n: number, ox: number, oy: number, dx: number, dy: number): number {
  const qx = ox - bodies.center[3 * n];
  const qy = oy - bodies.center[3 * n + 1];
  const qz = -bodies.center[3 * n + 2];
  const radius = bodies.size[3 * n];
  const a = dx * dx + dy * dy + 1;
  // The point of the ray that is closest to the centre; its distance suffers no cancellation.
  const t = -(qx * dx + qy * dy + qz) / a;
  const cx = qx + t * dx;
  const cy = qy + t * dy;
  const cz = qz + t;
  const rest = radius * radius - (cx * cx + cy * cy + cz * cz);
  if (rest <= 0) return Infinity;
  const depth = t - Math.sqrt(rest / a);
  return depth > 0 ? depth : Infinity;
}

/** Depth at which the ray enters sphere `n`, or passes it most closely where it only just misses. */
export function rimDepth(bodies: Bodies, n: number, ox: number, oy: number, dx: number, dy: number): number {
  const depth = hitSphere(bodies, n, ox, oy, dx, dy);
  if (depth < Infinity) return depth;
  const { center } = bodies;
  const along = (center[3 * n] - ox) * dx + (center[3 * n + 1] - oy) * dy + center[3 * n + 2];
  return along / (dx * dx + dy * dy + 1);
}

function hitBox(bodies: Bodies, n: number, ox: number, oy: number, dx: number, dy: number): number {
  const { center, axes, size } = bodies;
  const qx = ox - center[3 * n];
  const qy = oy - center[3 * n + 1];
  const qz = -center[3 * n + 2];
  let enter = 0;
  let leave = Infinity;
  for (let k = 0; k < 3; k++) {
    const i = 9 * n + 3 * k;
    const o = axes[i] * qx + axes[i + 1] * qy + axes[i + 2] * qz;
    const d = axes[i] * dx + axes[i + 1] * dy + axes[i + 2];
    const half = size[3 * n + k];
    if (d === 0) {
      if (o >= half || o <= -half) return Infinity;
      continue;
    }
    const t0 = (-half - o) / d;
    const t1 = (half - o) / d;
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
  }
  return enter > 0 && enter < leave ? enter : Infinity;
}

/** Depth at which the ray enters the half-space of plane `n` through its surface; Infinity where it does not. */
export function hitPlane(bodies: Bodies, n: number, ox: number, oy: number, dx: number, dy: number): number {
  const { center, axes } = bodies;
  const nx = axes[9 * n + 6];
  const ny = axes[9 * n + 7];
  const nz = axes[9 * n + 8];
  const towards = nx * dx + ny * dy + nz;
  if (towards > -EDGE_ON * Math.sqrt(dx * dx + dy * dy + 1)) return Infinity;
  const depth =
    (nx * (center[3 * n] - ox) + ny * (center[3 * n + 1] - oy) + nz * center[3 * n + 2]) / towards;
  return depth > 0 ? depth : Infinity;
}

/**
 * Where the ray q + t d, with q relative to the centre of capsule `n`, enters it: t, which may be negative; NaN where it
 * does not. The cylinder around the axis holds the capsule; where the ray enters that beyond an end, it can enter the
 * capsule only through the ball at that end.
 */
function enterCapsule(
  { axes, size }: Bodies,
  n: number,
  qx: number,
  qy: number,
  qz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const ax = axes[9 * n + 6];
  const ay = axes[9 * n + 7];
  const az = axes[9 * n + 8];
  const radius = size[3 * n];
  const half = size[3 * n + 2];
  const qa = qx * ax + qy * ay + qz * az;
  const da = dx * ax + dy * ay + dz * az;
  // What of the ray is perpendicular to the axis.
  const px = dx - da * ax;
  const py = dy - da * ay;
  const pz = dz - da * az;
  const pp = px * px + py * py + pz * pz;
  const dd = dx * dx + dy * dy + dz * dz;
  const rx = qx - qa * ax;
  const ry = qy - qa * ay;
  const rz = qz - qa * az;
  let end = da > 0 ? -half : half;
  if (pp > 1e-18 * dd) {
    const t = -(rx * px + ry * py + rz * pz) / pp;
    const cx = rx + t * px;
    const cy = ry + t * py;
    const cz = rz + t * pz;
    const rest = radius * radius - (cx * cx + cy * cy + cz * cz);
    if (rest <= 0) return NaN;
    const enter = t - Math.sqrt(rest / pp);
    const along = qa + enter * da;
    if (along >= -half && along <= half) return enter;
    end = along > half ? half : -half;
  }
  const sx = qx - end * ax;
  const sy = qy - end * ay;
  const sz = qz - end * az;
  const t = -(sx * dx + sy * dy + sz * dz) / dd;
  const cx = sx + t * dx;
  const cy = sy + t * dy;
  const cz = sz + t * dz;
  const rest = radius * radius - (cx * cx + cy * cy + cz * cz);
  return rest > 0 ? t - Math.sqrt(rest / dd) : NaN;
}

/** Whether solid `n` lies between the point [3] and the light. */
export function blocks(bodies: Bodies, n: number, point: Float64Array, light: Light): boolean {
  const { x: lx, y: ly, z: lz } = light;
  const { center, axes, size } = bodies;
  const qx = point[0] - center[3 * n];
  const qy = point[1] - center[3 * n + 1];
  const qz = point[2] - center[3 * n + 2];
  if (bodies.kind[n] === SPHERE) {
    const b = qx * lx + qy * ly + qz * lz;
    if (b >= 0) return false;
    const radius = size[3 * n];
    const cx = qx - b * lx;
    const cy = qy - b * ly;
    const cz = qz - b * lz;
    return cx * cx + cy * cy + cz * cz < radius * radius;
  }
  if (bodies.kind[n] === CAPSULE) return enterCapsule(bodies, n, qx, qy, qz, lx, ly, lz) > 0;
  let enter = 0;
  let leave = Infinity;
  for (let k = 0; k < 3; k++) {
    const i = 9 * n + 3 * k;
    const o = axes[i] * qx + axes[i + 1] * qy + axes[i + 2] * qz;
    const d = axes[i] * lx + axes[i + 1] * ly + axes[i + 2] * lz;
    const half = size[3 * n + k];
    if (d === 0) {
      if (o >= half || o <= -half) return false;
      continue;
    }
    const t0 = (-half - o) / d;
    const t1 = (half - o) / d;
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
  }
  return enter < leave;
}
