/** Where a ray meets a body, in closed form for each shape. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';

export interface Hit {
  /** From the ray's origin, m. */
  distance: number;
  /** Outward unit normal of the surface, in the world. */
  readonly normal: cannon.Vec3;
}

const [o, d] = [new cannon.Vec3(), new cannon.Vec3()];
const turnedBack = new cannon.Quaternion();

/**
 * The first point of a body's surface that a ray enters, within `reach` m. A ray that starts inside the body meets
 * nothing.
 * @param direction unit vector in the world
 * @returns whether it meets the body; `hit` is written only then
 */
export function castRay(
  body: RigidBody,
  origin: cannon.Vec3,
  direction: cannon.Vec3,
  reach: number,
  hit: Hit,
): boolean {
  body.quaternion.conjugate(turnedBack);
  origin.vsub(body.position, o);
  turnedBack.vmult(o, o);
  turnedBack.vmult(direction, d);
  const distance = enter(body, hit.normal);
  if (!(distance <= reach)) return false;
  hit.distance = distance;
  body.quaternion.vmult(hit.normal, hit.normal);
  return true;
}

/** Distance along the ray (o, d) in the body's frame, Infinity without a hit; writes the normal in that frame. */
function enter({ shape }: RigidBody, normal: cannon.Vec3): number {
  switch (shape.kind) {
    case 'plane':
      normal.set(0, 0, 1);
      return o.z >= 0 && d.z < 0 ? -o.z / d.z : Infinity;
    case 'sphere':
      return enterSphere(shape.radius, 0, normal);
    case 'box':
      return enterBox(shape.halfExtents, normal);
    case 'capsule':
      return enterCapsule(shape.radius, shape.halfLength, normal);
  }
}

/** A sphere whose centre is at height `z` of the body's frame. */
function enterSphere(radius: number, z: number, normal: cannon.Vec3): number {
  const oz = o.z - z;
  const along = o.x * d.x + o.y * d.y + oz * d.z;
  const outside = o.x * o.x + o.y * o.y + oz * oz - radius * radius;
  const discriminant = along * along - outside;
  if (outside < 0 || along >= 0 || discriminant < 0) return Infinity;
  const distance = -along - Math.sqrt(discriminant);
  normal.set(
    (o.x + distance * d.x) / radius,
    (o.y + distance * d.y) / radius,
    (oz + distance * d.z) / radius,
  );
  return distance;
}

/** The slab method: the ray is inside from the last entry to the first exit. */
function enterBox([hx, hy, hz]: readonly [number, number, number], normal: cannon.Vec3): number {
  let [entry, exit] = [-Infinity, Infinity];
  for (let axis = 0; axis < 3; axis++) {
    const from = axis === 0 ? o.x : axis === 1 ? o.y : o.z;
    const along = axis === 0 ? d.x : axis === 1 ? d.y : d.z;
    const half = axis === 0 ? hx : axis === 1 ? hy : hz;
    if (along === 0) {
      if (Math.abs(from) > half) return Infinity;
      continue;
    }
    const side = along > 0 ? -1 : 1;
    const enters = (side * half - from) / along;
    if (enters > entry) {
      entry = enters;
      normal.set(axis === 0 ? side : 0, axis === 1 ? side : 0, axis === 2 ? side : 0);
    }
    exit = Math.min(exit, (-side * half - from) / along);
  }
  return entry >= 0 && entry <= exit ? entry : Infinity;
}

/** The side of the cylinder or one of the caps, whichever comes first. */
function enterCapsule(radius: number, halfLength: number, normal: cannon.Vec3): number {
  const nearest = Math.min(Math.max(o.z, -halfLength), halfLength);
  const over = o.z - nearest;
  const outside = o.x * o.x + o.y * o.y + over * over - radius * radius;
  if (outside < 0) return Infinity;
  const across = d.x * d.x + d.y * d.y;
  const along = o.x * d.x + o.y * d.y;
  const discriminant = along * along - across * (o.x * o.x + o.y * o.y - radius * radius);
  if (across > 0 && along < 0 && discriminant >= 0) {
    const distance = (-along - Math.sqrt(discriminant)) / across;
    if (distance >= 0 && Math.abs(o.z + distance * d.z) <= halfLength) {
      normal.set((o.x + distance * d.x) / radius, (o.y + distance * d.y) / radius, 0);
      return distance;
    }
  }
  // The lower cap's normal is overwritten unless the upper one is not met.
  const lower = enterSphere(radius, -halfLength, normal);
  const [x, y, z] = [normal.x, normal.y, normal.z];
  const upper = enterSphere(radius, halfLength, normal);
  if (lower < upper) normal.set(x, y, z);
  return Math.min(lower, upper);
}
