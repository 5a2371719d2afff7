/**
 * Contact points of spheres and capsules. Where a capsule lies along a face, a plane or another capsule it has two: the
 * distance along its segment is a convex function, so the ends of what is near suffice, and the nearest point between
 * them where it is nearer.
 */
import type { RigidBody } from './body.ts';
import {
  clamp,
  closest,
  closestOfSegments,
  closestToBox,
  closestToSegment,
  crossingOf,
  halfLengthOf,
  local,
  nearestAlong,
  nearestFace,
  radiusOf,
  toLocal,
} from './closest.ts';
import { TOUCH } from './impact.ts';
import type { ContactSet } from './manifold.ts';

/** Features of a round shape's contacts: the lower end of what is near, the upper one, between them, and in a box. */
const [LOWER, UPPER, BETWEEN, IN_BOX] = [0, 1, 2, 3];

/** @param near contacts are points nearer than this, m */
export function roundAndPlane(a: RigidBody, plane: RigidBody, near: number, into: ContactSet): void {
  const half = halfLengthOf(a.shape);
  const radius = radiusOf(a.shape);
  const p = a.position;
  const q = plane.position;
  const r = a.rotation;
  const n = plane.planeNormal;
  for (let end = half > 0 ? LOWER : UPPER; end <= UPPER; end++) {
    const t = end === LOWER ? -half : half;
    const x = p.x + r[2]! * t;
    const y = p.y + r[5]! * t;
    const z = p.z + r[8]! * t;
    const height = n.x * (x - q.x) + n.y * (y - q.y) + n.z * (z - q.z);
    if (height - radius >= near) continue;
    const down = (radius + height) / 2;
    into.add(
      a,
      plane,
      -n.x,
      -n.y,
      -n.z,
      x - n.x * down,
      y - n.y * down,
      z - n.z * down,
      height - radius,
      end,
    );
  }
}

/** @param reach further points of a pair that is near are contacts up to this, m */
export function roundAndRound(
  a: RigidBody,
  b: RigidBody,
  near: number,
  reach: number,
  into: ContactSet,
): void {
  const t = closestOfSegments(a, b);
  const h = halfLengthOf(a.shape);
  const k = halfLengthOf(b.shape);
  if (h === 0 || k === 0) {
    addClosest(a, b, near, LOWER, into);
    return;
  }
  if (gapOf(a, b) >= near) return;
  const [r, s] = [a.rotation, b.rotation];
  const cos = r[2]! * s[2]! + r[5]! * s[5]! + r[8]! * s[8]!;
  const [p, q] = [a.position, b.position];
  // Where B's ends lie along A.
  const centre = r[2]! * (q.x - p.x) + r[5]! * (q.y - p.y) + r[8]! * (q.z - p.z);
  const span = k * Math.abs(cos);
  places[0] = clamp(centre - span, h);
  places[1] = clamp(centre + span, h);
  addAlong(a, b, 2, t, reach, into, (place) => closestToSegment(a, place, b));
}

export function roundAndBox(
  a: RigidBody,
  box: RigidBody,
  near: number,
  reach: number,
  into: ContactSet,
): void {
  if (box.shape.kind !== 'box') return;
  const half = box.shape.halfExtents;
  toLocal(a, box);
  const t = nearestAlong(half);
  if (t !== t) {
    contactsInside(a, box, half, near, into);
    return;
  }
  closestToBox(a, t, box, half);
  if (local.half === 0) {
    addClosest(a, box, near, LOWER, into);
    return;
  }
  if (gapOf(a, box) >= near) return;
  let count = 0;
  places[count++] = -local.half;
  for (let side = 0; side < 6; side++) {
    const crossing = crossingOf(side, half);
    if (crossing > -local.half && crossing < local.half) places[count++] = crossing;
  }
  places[count++] = local.half;
  addAlong(a, box, count, t, reach, into, (place) => closestToBox(a, place, box, half));
}

const places = new Float64Array(8);

/**
 * Contacts at the outermost of the `places` along A's segment that are near, and at the nearest one where that is
 * nearer than both.
 */
function addAlong(
  a: RigidBody,
  b: RigidBody,
  count: number,
  nearest: number,
  near: number,
  into: ContactSet,
  measure: (place: number) => void,
): void {
  let [lowest, highest, least] = [Infinity, -Infinity, Infinity];
  for (let i = 0; i < count; i++) {
    const place = places[i]!;
    if (!(place > highest || place < lowest)) continue;
    measure(place);
    const gap = gapOf(a, b);
    if (gap >= near) continue;
    lowest = Math.min(lowest, place);
    highest = Math.max(highest, place);
  }
  for (let end = LOWER; end <= UPPER; end++) {
    const place = end === LOWER ? lowest : highest;
    if (!Number.isFinite(place) || (end === UPPER && highest === lowest)) continue;
    measure(place);
    least = Math.min(least, gapOf(a, b));
    addClosest(a, b, near, place > 0 ? UPPER : LOWER, into);
  }
  measure(nearest);
  if (gapOf(a, b) < least - TOUCH / 2) addClosest(a, b, near, BETWEEN, into);
}

/** The gap between the surfaces around the points in `closest`, m. */
function gapOf(a: RigidBody, b: RigidBody): number {
  const [x, y, z] = [closest.bx - closest.ax, closest.by - closest.ay, closest.bz - closest.az];
  return Math.sqrt(x * x + y * y + z * z) - radiusOf(a.shape) - radiusOf(b.shape);
}

function addClosest(a: RigidBody, b: RigidBody, near: number, feature: number, into: ContactSet): void {
  const x = closest.bx - closest.ax;
  const y = closest.by - closest.ay;
  const z = closest.bz - closest.az;
  const distance = Math.sqrt(x * x + y * y + z * z);
  const gap = distance - radiusOf(a.shape) - radiusOf(b.shape);
  if (gap >= near) return;
  // Centres that coincide have no direction: any parts them.
  const inverse = distance > 0 ? 1 / distance : 0;
  const nx = x * inverse;
  const ny = y * inverse;
  const nz = distance > 0 ? z * inverse : 1;
  const along = radiusOf(a.shape) + gap / 2;
  const px = closest.ax + nx * along;
  const py = closest.ay + ny * along;
  const pz = closest.az + nz * along;
  into.add(a, b, nx, ny, nz, px, py, pz, gap, feature);
}

/** A segment that has entered the box is pushed out through the nearest face, at both of its ends. */
function contactsInside(
  a: RigidBody,
  box: RigidBody,
  half: readonly [number, number, number],
  near: number,
  into: ContactSet,
): void {
  const side = nearestFace(half);
  const axis = side % 3;
  const sign = side < 3 ? 1 : -1;
  const radius = radiusOf(a.shape);
  const [p, r, s] = [a.position, a.rotation, box.rotation];
  const [nx, ny, nz] = [sign * s[axis]!, sign * s[3 + axis]!, sign * s[6 + axis]!];
  const [c, d] = axis === 0 ? [local.cx, local.dx] : axis === 1 ? [local.cy, local.dy] : [local.cz, local.dz];
  for (let end = local.half > 0 ? 0 : 1; end < 2; end++) {
    const t = end === 0 ? -local.half : local.half;
    const gap = sign * (c + d * t) - half[axis]! - radius;
    if (gap >= near) continue;
    const down = radius + gap / 2;
    into.add(
      ...([a, box, -nx, -ny, -nz] as const),
      ...([p.x + r[2]! * t - nx * down, p.y + r[5]! * t - ny * down, p.z + r[8]! * t - nz * down] as const),
      ...([gap, IN_BOX + end] as const),
    );
  }
}
