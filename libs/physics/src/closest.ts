/**
 * Closest points of spheres, capsules, boxes and planes, in plain numbers: what contacts and times of impact measure.
 *
 * A sphere is a capsule of no length, so there are three families: round shapes (all points within a radius of a
 * segment), boxes and planes.
 */
import type * as cannon from 'cannon-es';
import type { Shape } from '@orrery/scene';
import { boxSeparation } from './box-separation.ts';

/** Where a shape is. */
export interface Placed {
  readonly shape: Shape;
  readonly position: cannon.Vec3;
  /** Rotation matrix, row-major. */
  readonly rotation: Float64Array;
}

/** Two points, one on A and one on B or on what A and B are built around, and where along A's segment the first is. */
export interface ClosestPoints {
  ax: number;
  ay: number;
  az: number;
  bx: number;
  by: number;
  bz: number;
}
export const closest: ClosestPoints = { ax: 0, ay: 0, az: 0, bx: 0, by: 0, bz: 0 };

/** The gap of two shapes, m, negative where they overlap, and the unit vector from A to B along which it is. */
export interface Separation {
  gap: number;
  x: number;
  y: number;
  z: number;
}

export const halfLengthOf = (shape: Shape): number => (shape.kind === 'capsule' ? shape.halfLength : 0);
export const radiusOf = (shape: Shape): number =>
  shape.kind === 'sphere' || shape.kind === 'capsule' ? shape.radius : 0;
export const isRound = ({ kind }: Shape): boolean => kind === 'sphere' || kind === 'capsule';

/**
 * The gap between A and B into `out`: exact where they are apart; where boxes are in it, a lower bound near edges and
 * corners that is exact in sign. Neither is a plane and the other too.
 */
export function separate(a: Placed, b: Placed, out: Separation): void {
  if (a.shape.kind === 'plane' || (a.shape.kind === 'box' && isRound(b.shape))) {
    separate(b, a, out);
    out.x = -out.x;
    out.y = -out.y;
    out.z = -out.z;
  } else if (b.shape.kind === 'plane') abovePlane(a, b, out);
  else if (a.shape.kind === 'box' && b.shape.kind === 'box')
    boxSeparation(a, a.shape.halfExtents, b, b.shape.halfExtents, out);
  else if (b.shape.kind === 'box') roundAndBox(a, b, b.shape.halfExtents, out);
  else {
    closestOfSegments(a, b);
    between(radiusOf(a.shape) + radiusOf(b.shape), out);
  }
}

/** From `closest` to the separation of shapes that reach `reach` beyond the two points. */
function between(reach: number, out: Separation): void {
  const x = closest.bx - closest.ax;
  const y = closest.by - closest.ay;
  const z = closest.bz - closest.az;
  const distance = Math.sqrt(x * x + y * y + z * z);
  out.gap = distance - reach;
  const inverse = distance > 0 ? 1 / distance : 0;
  out.x = x * inverse;
  out.y = y * inverse;
  out.z = distance > 0 ? z * inverse : 1;
}

function abovePlane(a: Placed, plane: Placed, out: Separation): void {
  const [p, q, r] = [a.position, plane.position, plane.rotation];
  const [nx, ny, nz] = [r[2]!, r[5]!, r[8]!];
  out.gap = nx * (p.x - q.x) + ny * (p.y - q.y) + nz * (p.z - q.z) - reachAlong(a, nx, ny, nz);
  out.x = -nx;
  out.y = -ny;
  out.z = -nz;
}

/** How far a shape reaches from its centre along a unit vector. */
function reachAlong({ shape, rotation: r }: Placed, x: number, y: number, z: number): number {
  const along = (axis: number) => Math.abs(r[axis]! * x + r[3 + axis]! * y + r[6 + axis]! * z);
  if (shape.kind === 'box')
    return (
      shape.halfExtents[0] * along(0) + shape.halfExtents[1] * along(1) + shape.halfExtents[2] * along(2)
    );
  return radiusOf(shape) + (shape.kind === 'capsule' ? shape.halfLength * along(2) : 0);
}

/** Where a shape's segment is at `t`, m from its centre. */
export function alongSegment({ position: p, rotation: r }: Placed, t: number): [number, number, number] {
  return [p.x + r[2]! * t, p.y + r[5]! * t, p.z + r[8]! * t];
}

/**
 * The closest points of two shapes' segments, into `closest` (Ericson, "Real-Time Collision Detection", 2005, 5.1.9).
 * @returns where they are on A's segment, m from its centre
 */
export function closestOfSegments(a: Placed, b: Placed): number {
  const { position: p, rotation: r } = a;
  const { position: q, rotation: s } = b;
  const h = halfLengthOf(a.shape);
  const k = halfLengthOf(b.shape);
  let t = 0;
  let u = 0;
  if (h > 0 || k > 0) {
    const x = p.x - q.x;
    const y = p.y - q.y;
    const z = p.z - q.z;
    const cos = r[2]! * s[2]! + r[5]! * s[5]! + r[8]! * s[8]!;
    const onA = r[2]! * x + r[5]! * y + r[8]! * z;
    const onB = s[2]! * x + s[5]! * y + s[8]! * z;
    const sin2 = 1 - cos * cos;
    t = sin2 > 1e-12 ? clamp((cos * onB - onA) / sin2, h) : clamp(-onA, h);
    u = clamp(cos * t + onB, k);
    t = clamp(cos * u - onA, h);
  }
  closest.ax = p.x + r[2]! * t;
  closest.ay = p.y + r[5]! * t;
  closest.az = p.z + r[8]! * t;
  closest.bx = q.x + s[2]! * u;
  closest.by = q.y + s[5]! * u;
  closest.bz = q.z + s[8]! * u;
  return t;
}

export const clamp = (value: number, limit: number): number => Math.min(Math.max(value, -limit), limit);

/** The point of A's segment at `t` and the point of B's segment nearest to it, into `closest`. */
export function closestToSegment(a: Placed, t: number, b: Placed): void {
  const [p, q, r, s] = [a.position, b.position, a.rotation, b.rotation];
  closest.ax = p.x + r[2]! * t;
  closest.ay = p.y + r[5]! * t;
  closest.az = p.z + r[8]! * t;
  const along = s[2]! * (closest.ax - q.x) + s[5]! * (closest.ay - q.y) + s[8]! * (closest.az - q.z);
  const u = clamp(along, halfLengthOf(b.shape));
  closest.bx = q.x + s[2]! * u;
  closest.by = q.y + s[5]! * u;
  closest.bz = q.z + s[8]! * u;
}

/** A segment in the frame of a box: centre `c`, direction `d`, half its length. */
export const local = { cx: 0, cy: 0, cz: 0, dx: 0, dy: 0, dz: 0, half: 0 };

/** Writes A's segment in the frame of the box into `local`. */
export function toLocal(a: Placed, box: Placed): void {
  const [p, q, r, s] = [a.position, box.position, a.rotation, box.rotation];
  const [x, y, z] = [p.x - q.x, p.y - q.y, p.z - q.z];
  local.cx = s[0]! * x + s[3]! * y + s[6]! * z;
  local.cy = s[1]! * x + s[4]! * y + s[7]! * z;
  local.cz = s[2]! * x + s[5]! * y + s[8]! * z;
  local.dx = s[0]! * r[2]! + s[3]! * r[5]! + s[6]! * r[8]!;
  local.dy = s[1]! * r[2]! + s[4]! * r[5]! + s[7]! * r[8]!;
  local.dz = s[2]! * r[2]! + s[5]! * r[5]! + s[8]! * r[8]!;
  local.half = halfLengthOf(a.shape);
}

type HalfExtents = readonly [number, number, number];

/**
 * Where the segment of `local` is nearest to the box, m from its centre. The squared distance is convex along the
 * segment and its slope is linear between the places where the segment crosses the planes of the box's faces.
 * @returns NaN where the segment meets the box
 */
export function nearestAlong(half: HalfExtents): number {
  const slope = (t: number) =>
    local.dx * outside(local.cx + local.dx * t, half[0]) +
    local.dy * outside(local.cy + local.dy * t, half[1]) +
    local.dz * outside(local.cz + local.dz * t, half[2]);
  let [low, high] = [-local.half, local.half];
  let [atLow, atHigh] = [slope(low), slope(high)];
  let t: number;
  if (atLow >= 0) t = low;
  else if (atHigh <= 0) t = high;
  else {
    for (let side = 0; side < 6; side++) {
      const crossing = crossingOf(side, half);
      if (!(crossing > low && crossing < high)) continue;
      const there = slope(crossing);
      if (there < 0) [low, atLow] = [crossing, there];
      else [high, atHigh] = [crossing, there];
    }
    t = atHigh > atLow ? low - (atLow * (high - low)) / (atHigh - atLow) : low;
  }
  const inside =
    outside(local.cx + local.dx * t, half[0]) === 0 &&
    outside(local.cy + local.dy * t, half[1]) === 0 &&
    outside(local.cz + local.dz * t, half[2]) === 0;
  return inside ? NaN : t;
}

/** Where the segment crosses the plane of one of a box's six faces, m from its centre; not finite where it does not. */
export function crossingOf(side: number, half: HalfExtents): number {
  const sign = side < 3 ? 1 : -1;
  const axis = side % 3;
  if (axis === 0) return (sign * half[0] - local.cx) / local.dx;
  if (axis === 1) return (sign * half[1] - local.cy) / local.dy;
  return (sign * half[2] - local.cz) / local.dz;
}

/** How far a coordinate lies beyond [-limit, limit]. */
const outside = (value: number, limit: number): number => value - clamp(value, limit);

/** The point of A's segment at `t` and the point of the box nearest to it, into `closest`. A's segment is in `local`. */
export function closestToBox(a: Placed, t: number, box: Placed, half: HalfExtents): void {
  const [p, q, r, s] = [a.position, box.position, a.rotation, box.rotation];
  closest.ax = p.x + r[2]! * t;
  closest.ay = p.y + r[5]! * t;
  closest.az = p.z + r[8]! * t;
  const x = clamp(local.cx + local.dx * t, half[0]);
  const y = clamp(local.cy + local.dy * t, half[1]);
  const z = clamp(local.cz + local.dz * t, half[2]);
  closest.bx = q.x + s[0]! * x + s[1]! * y + s[2]! * z;
  closest.by = q.y + s[3]! * x + s[4]! * y + s[5]! * z;
  closest.bz = q.z + s[6]! * x + s[7]! * y + s[8]! * z;
}

function roundAndBox(a: Placed, box: Placed, half: HalfExtents, out: Separation): void {
  toLocal(a, box);
  const t = nearestAlong(half);
  const radius = radiusOf(a.shape);
  if (t === t) {
    closestToBox(a, t, box, half);
    between(radius, out);
    return;
  }
  const side = nearestFace(half);
  const [axis, sign] = [side % 3, side < 3 ? 1 : -1];
  out.gap = faceDepth(side, half) - radius;
  out.x = -sign * box.rotation[axis]!;
  out.y = -sign * box.rotation[3 + axis]!;
  out.z = -sign * box.rotation[6 + axis]!;
}

/** The face through which a segment that is in the box (`local`) gets out soonest: 0 to 2 are +x, +y, +z. */
export function nearestFace(half: HalfExtents): number {
  let best = 0;
  for (let side = 1; side < 6; side++) if (faceDepth(side, half) > faceDepth(best, half)) best = side;
  return best;
}

/** How far the segment's deeper end lies outside a face's plane, m; negative inside. */
function faceDepth(side: number, half: HalfExtents): number {
  const axis = side % 3;
  const sign = side < 3 ? 1 : -1;
  const [c, d] = axis === 0 ? [local.cx, local.dx] : axis === 1 ? [local.cy, local.dy] : [local.cz, local.dz];
  return sign * c - local.half * Math.abs(d) - half[axis]!;
}
