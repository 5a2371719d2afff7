/**
 * When bodies that fly through a step first meet.
 *
 * Conservative advancement (Mirtich, "Impulse-based dynamic simulation", 1996): from the gap and a bound on how fast it
 * can close, go on for the time in which nothing can meet; again, until the gap is closed or the step over. For spheres
 * and for points against planes the gap is a convex function of time but for accelerations, so the speed at which it
 * closes now, plus what acceleration can add, is a tight bound, and a few rounds suffice.
 */
import * as cannon from 'cannon-es';
import { turnBy, type RigidBody } from './body.ts';
import { TOUCH } from './impact.ts';
import type { ContactPoint } from './manifold.ts';
import type { CollisionPairs } from './pairs.ts';
import { boxSeparation } from './box-separation.ts';

const ROUNDS = 64;

/**
 * The time until the first impact of any pair, at most `dt`. Bodies fly from `startVelocity` to `velocity` in `dt`.
 * Pairs that contact forces hold apart are left out; so are pairs that already overlap.
 */
export function firstImpact(pairs: CollisionPairs, contacts: readonly ContactPoint[], dt: number): number {
  let first = dt;
  for (let k = 0; k < pairs.length; k++) {
    const [a, b] = [pairs.one[k]!, pairs.other[k]!];
    if (!canMeet(a, b, first)) continue;
    // A tumbling box meets a plane corner by corner, also while others rest on it.
    if (a.shape.kind === 'box' && b.shape.kind === 'plane') first = cornersMeet(a, b, contacts, first, dt);
    else if (a.shape.kind === 'plane' && b.shape.kind === 'box')
      first = cornersMeet(b, a, contacts, first, dt);
    else if (!isHeld(contacts, a, b)) first = meet(a, b, first, dt);
  }
  return first;
}

function isHeld(contacts: readonly ContactPoint[], a: RigidBody, b: RigidBody): boolean {
  for (const contact of contacts)
    if (!contact.swept && ((contact.a === a && contact.b === b) || (contact.a === b && contact.b === a)))
      return true;
  return false;
}

/** A cheap test that most pairs fail: bounding spheres, the larger of both speeds. */
function canMeet(a: RigidBody, b: RigidBody, within: number): boolean {
  if (a.shape.kind === 'plane') return canMeet(b, a, within);
  const [ax, bx] = [a.position, b.position];
  const [a0, a1, b0, b1] = [a.startVelocity, a.velocity, b.startVelocity, b.velocity];
  const dx = ax.x - bx.x;
  const dy = ax.y - bx.y;
  const dz = ax.z - bx.z;
  if (b.shape.kind === 'plane') {
    const n = b.planeNormal;
    const height = n.x * dx + n.y * dy + n.z * dz - a.boundingRadius;
    const down = Math.max(-(n.x * a0.x + n.y * a0.y + n.z * a0.z), -(n.x * a1.x + n.y * a1.y + n.z * a1.z));
    return height < down * within || height < 0;
  }
  const reach = a.boundingRadius + b.boundingRadius;
  const [ux, uy, uz] = [a0.x - b0.x, a0.y - b0.y, a0.z - b0.z];
  const [vx, vy, vz] = [a1.x - b1.x, a1.y - b1.y, a1.z - b1.z];
  const limit =
    reach + within * Math.sqrt(Math.max(ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz));
  return dx * dx + dy * dy + dz * dz < limit * limit;
}

/** Where a body is `t` seconds into a step of `dt`, and how it moves then. */
class Flight {
  readonly position = new cannon.Vec3();
  readonly velocity = new cannon.Vec3();
  readonly quaternion = new cannon.Quaternion();
  readonly angularVelocity = new cannon.Vec3();

  at(body: RigidBody, t: number, dt: number): this {
    const share = t / dt;
    body.startVelocity.lerp(body.velocity, share, this.velocity);
    const p = body.position;
    const v0 = body.startVelocity;
    const v1 = this.velocity;
    this.position.set(
      p.x + (t / 2) * (v0.x + v1.x),
      p.y + (t / 2) * (v0.y + v1.y),
      p.z + (t / 2) * (v0.z + v1.z),
    );
    if (body.shape.kind === 'box') {
      body.startAngularVelocity.lerp(body.angularVelocity, share, this.angularVelocity);
      body.startAngularVelocity.lerp(body.angularVelocity, share / 2, meanSpin);
      turnBy(this.quaternion.copy(body.quaternion), meanSpin, t);
    }
    return this;
  }
}

const meanSpin = new cannon.Vec3();
const flightA = new Flight();
const flightB = new Flight();
const [between, corner, arm, swing, local, nearest] = Array.from({ length: 6 }, () => new cannon.Vec3()) as [
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
];

/** The gap of a pair at some time, m, and the speed at which it closes, m/s. */
interface Approach {
  gap: number;
  closing: number;
}
const approach: Approach = { gap: 0, closing: 0 };

/**
 * Conservative advancement. `measure` writes the gap at a time into `approach`; `acceleration` bounds how fast the
 * closing speed can grow, m/s².
 */
function advance(measure: (t: number) => void, acceleration: number, first: number, dt: number): number {
  let t = 0;
  measure(t);
  if (approach.gap <= TOUCH) return first;
  for (let round = 0; round < ROUNDS && t < first; round++) {
    const speed = approach.closing + acceleration * (dt - t);
    if (speed <= 0) return first;
    t += (approach.gap - TOUCH / 2) / speed;
    if (t >= first) return first;
    measure(t);
    if (approach.gap <= TOUCH) return t;
  }
  return Math.min(t, first);
}

function meet(a: RigidBody, b: RigidBody, first: number, dt: number): number {
  if (a.shape.kind === 'plane') return meet(b, a, first, dt);
  const acceleration = relativeAcceleration(a, b, dt);
  if (a.shape.kind === 'sphere' && b.shape.kind === 'sphere') {
    const reach = a.shape.radius + b.shape.radius;
    return advance((t) => spheres(a, b, reach, t, dt), acceleration, first, dt);
  }
  if (a.shape.kind === 'sphere' && b.shape.kind === 'plane') {
    const { radius } = a.shape;
    return advance((t) => sphereAndPlane(a, b, radius, t, dt), acceleration, first, dt);
  }
  if (a.shape.kind === 'box' && b.shape.kind === 'box') {
    const speed = fastest(a) + fastest(b);
    return advance((t) => boxes(a, b, speed, t, dt), 0, first, dt);
  }
  const [sphere, box] = a.shape.kind === 'sphere' ? [a, b] : [b, a];
  const spin = Math.max(box.startAngularVelocity.length(), box.angularVelocity.length());
  // A turning box brings its surface nearer with accelerations of 2 w v + w² r, and with its angular acceleration.
  const angular = box.angularVelocity.distanceTo(box.startAngularVelocity) / dt;
  const turning = spin * (2 * (fastest(box) + fastest(sphere)) + spin * box.boundingRadius);
  const bound = acceleration + turning + angular * box.boundingRadius;
  return advance((t) => sphereAndBox(sphere, box, t, dt), bound, first, dt);
}

function relativeAcceleration(a: RigidBody, b: RigidBody, dt: number): number {
  const [a0, a1, b0, b1] = [a.startVelocity, a.velocity, b.startVelocity, b.velocity];
  const x = a1.x - a0.x - b1.x + b0.x;
  const y = a1.y - a0.y - b1.y + b0.y;
  const z = a1.z - a0.z - b1.z + b0.z;
  return Math.sqrt(x * x + y * y + z * z) / dt;
}

/** The speed that no point of a body exceeds in the step, m/s. */
function fastest(body: RigidBody): number {
  const speed = Math.max(body.startVelocity.length(), body.velocity.length());
  const spin = Math.max(body.startAngularVelocity.length(), body.angularVelocity.length());
  return speed + spin * body.boundingRadius;
}

function spheres(a: RigidBody, b: RigidBody, reach: number, t: number, dt: number): void {
  flightA.at(a, t, dt);
  flightB.at(b, t, dt);
  flightB.position.vsub(flightA.position, between);
  const distance = between.length();
  approach.gap = distance - reach;
  approach.closing = (between.dot(flightA.velocity) - between.dot(flightB.velocity)) / distance;
}

function sphereAndPlane(sphere: RigidBody, plane: RigidBody, radius: number, t: number, dt: number): void {
  flightA.at(sphere, t, dt);
  flightA.position.vsub(plane.position, between);
  approach.gap = between.dot(plane.planeNormal) - radius;
  approach.closing = -flightA.velocity.dot(plane.planeNormal);
}

function sphereAndBox(sphere: RigidBody, box: RigidBody, t: number, dt: number): void {
  if (sphere.shape.kind !== 'sphere' || box.shape.kind !== 'box') return;
  const [hx, hy, hz] = box.shape.halfExtents;
  flightA.at(sphere, t, dt);
  flightB.at(box, t, dt);
  flightA.position.vsub(flightB.position, between);
  flightB.quaternion.conjugate().vmult(between, local);
  nearest.set(
    Math.min(Math.max(local.x, -hx), hx),
    Math.min(Math.max(local.y, -hy), hy),
    Math.min(Math.max(local.z, -hz), hz),
  );
  flightB.quaternion.vmult(nearest, arm);
  between.vsub(arm, between);
  const distance = between.length();
  approach.gap = distance - sphere.shape.radius;
  flightB.angularVelocity.cross(arm, swing);
  swing.vadd(flightB.velocity, swing);
  swing.vsub(flightA.velocity, swing);
  approach.closing = distance > 0 ? between.dot(swing) / distance : 0;
}

function boxes(a: RigidBody, b: RigidBody, speed: number, t: number, dt: number): void {
  if (a.shape.kind !== 'box' || b.shape.kind !== 'box') return;
  flightA.at(a, t, dt);
  flightB.at(b, t, dt);
  approach.gap = boxSeparation(flightA, a.shape.halfExtents, flightB, b.shape.halfExtents);
  approach.closing = speed;
}

/** The first of a box's corners to meet a plane, of those that no contact force holds. */
function cornersMeet(
  box: RigidBody,
  plane: RigidBody,
  contacts: readonly ContactPoint[],
  first: number,
  dt: number,
): number {
  if (box.shape.kind !== 'box') return first;
  const [hx, hy, hz] = box.shape.halfExtents;
  const spin = Math.max(box.startAngularVelocity.length(), box.angularVelocity.length());
  const angular = box.angularVelocity.distanceTo(box.startAngularVelocity) / dt;
  const down =
    Math.max(0, box.startVelocity.dot(plane.planeNormal) - box.velocity.dot(plane.planeNormal)) / dt;
  const acceleration = down + (spin * spin + angular) * box.boundingRadius;
  for (let index = 0; index < 8; index++) {
    const point = corners[index]!.set(index & 1 ? hx : -hx, index & 2 ? hy : -hy, index & 4 ? hz : -hz);
    if (contacts.some((contact) => holdsCorner(contact, box, plane, point))) continue;
    first = advance((t) => cornerAndPlane(box, plane, point, t, dt), acceleration, first, dt);
  }
  return first;
}

const corners = Array.from({ length: 8 }, () => new cannon.Vec3());

function holdsCorner(contact: ContactPoint, box: RigidBody, plane: RigidBody, point: cannon.Vec3): boolean {
  const { a, b, swept, feature } = contact;
  const isPair = (a === plane && b === box) || (a === box && b === plane);
  return isPair && !swept && feature.distanceSquared(point) < 1e-12;
}

function cornerAndPlane(box: RigidBody, plane: RigidBody, point: cannon.Vec3, t: number, dt: number): void {
  flightA.at(box, t, dt);
  flightA.quaternion.vmult(point, arm);
  flightA.position.vadd(arm, corner);
  corner.vsub(plane.position, between);
  approach.gap = between.dot(plane.planeNormal);
  flightA.angularVelocity.cross(arm, swing);
  swing.vadd(flightA.velocity, swing);
  approach.closing = -swing.dot(plane.planeNormal);
}
