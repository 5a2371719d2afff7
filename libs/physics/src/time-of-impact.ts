/**
 * When bodies that fly through a step first meet.
 *
 * Conservative advancement (Mirtich, "Impulse-based dynamic simulation", 1996): from the gap, its direction and a bound
 * on how fast it can close along it, go on for the time in which nothing can meet; again, until the gap is closed or the
 * step over. A pair that touches is left to its contacts, but for corners and ends over a plane, which meet it one by one.
 */
import * as cannon from 'cannon-es';
import { rotationMatrix, turnBy, type RigidBody } from './body.ts';
import { halfLengthOf, radiusOf, separate, type Placed, type Separation } from './closest.ts';
import { TOUCH } from './impact.ts';
import { pairOf, type ContactPoint } from './manifold.ts';
import type { NearPairs } from './broadphase.ts';

const ROUNDS = 64;
const SMALL_ANGLE = 0.25;

/**
 * The time until the first impact of any pair, at most `dt`. Bodies fly from `startVelocity` to `velocity` in `dt`.
 * Pairs that contact forces hold apart are left out; so are pairs that already overlap.
 * @param contacts in the order of the pairs
 */
export function firstImpact(pairs: NearPairs, contacts: readonly ContactPoint[], dt: number): number {
  pairs.refresh(dt);
  let first = dt;
  let cursor = 0;
  for (let k = 0; k < pairs.length; k++) {
    const a = pairs.one[k]!;
    const b = pairs.other[k]!;
    if ((a.isStill && b.isStill) || !canMeet(a, b, first)) continue;
    const pair = pairOf(a, b);
    while (cursor < contacts.length && contacts[cursor]!.pair < pair) cursor++;
    let end = cursor;
    while (end < contacts.length && contacts[end]!.pair === pair) end++;
    if (b.shape.kind === 'plane' && hasPoints(a)) first = pointsMeet(a, b, contacts, cursor, end, first, dt);
    else if (a.shape.kind === 'plane' && hasPoints(b))
      first = pointsMeet(b, a, contacts, cursor, end, first, dt);
    else if (isHeld(contacts, cursor, end)) first = othersMeet(contacts, cursor, end, first, dt);
    else first = meet(a, b, first, dt);
  }
  return first;
}

/**
 * The time in which corners and ends that are near others, and so taken to move straight, stay near that: no body with a
 * contact turns by more than a small angle. At most `dt`.
 */
export function straightTime(contacts: readonly ContactPoint[], dt: number): number {
  let most = 0;
  for (const { a, b } of contacts) most = Math.max(most, spinOf(a), spinOf(b));
  return most * dt > SMALL_ANGLE ? SMALL_ANGLE / most : dt;
}

/** How fast a body with corners or ends turns at most in the step, rad/s; 0 for those that turning does not change. */
function spinOf(body: RigidBody): number {
  if (!hasPoints(body) || body.mass === 0) return 0;
  const { startAngularVelocity: w0, angularVelocity: w1 } = body;
  return Math.sqrt(Math.max(w0.lengthSquared(), w1.lengthSquared()));
}

/** Where a pair is held at one point, the first of its other contacts to close, by its velocities at start and end. */
function othersMeet(
  contacts: readonly ContactPoint[],
  from: number,
  to: number,
  first: number,
  dt: number,
): number {
  for (let i = from; i < to; i++) {
    const { a, b, normal, gap, swept } = contacts[i]!;
    if (!swept) continue;
    const { startVelocity: a0, startAngularVelocity: u0, velocity: a1, angularVelocity: u1 } = a;
    const { startVelocity: b0, startAngularVelocity: w0, velocity: b1, angularVelocity: w1 } = b;
    const closing = -normal.velocity(a0, u0, b0, w0);
    const slowing = (closing + normal.velocity(a1, u1, b1, w1)) / dt;
    // gap = closing t - slowing t² / 2, in the form that does not divide by a small slowing.
    const root = closing * closing - 2 * slowing * gap;
    if (root > 0) first = Math.min(first, (2 * (gap - TOUCH / 2)) / (closing + Math.sqrt(root)));
  }
  return first;
}

/** Whether the shape touches a plane at several points: a box's corners, a capsule's ends. */
const hasPoints = ({ shape: { kind } }: RigidBody) => kind === 'box' || kind === 'capsule';

function isHeld(contacts: readonly ContactPoint[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!contacts[i]!.swept) return true;
  return false;
}

/** A cheap test that most pairs fail: bounding spheres, the larger of both speeds. */
function canMeet(a: RigidBody, b: RigidBody, within: number): boolean {
  if (a.shape.kind === 'plane') return canMeet(b, a, within);
  const { position: p, startVelocity: a0, velocity: a1 } = a;
  const { position: q, startVelocity: b0, velocity: b1 } = b;
  const dx = p.x - q.x;
  const dy = p.y - q.y;
  const dz = p.z - q.z;
  if (b.shape.kind === 'plane') {
    const n = b.planeNormal;
    const height = n.x * dx + n.y * dy + n.z * dz - a.boundingRadius;
    const down = Math.max(-(n.x * a0.x + n.y * a0.y + n.z * a0.z), -(n.x * a1.x + n.y * a1.y + n.z * a1.z));
    return height < down * within || height < 0;
  }
  const ux = a0.x - b0.x;
  const uy = a0.y - b0.y;
  const uz = a0.z - b0.z;
  const vx = a1.x - b1.x;
  const vy = a1.y - b1.y;
  const vz = a1.z - b1.z;
  const speed = Math.sqrt(Math.max(ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz));
  const limit = a.boundingRadius + b.boundingRadius + within * speed;
  return dx * dx + dy * dy + dz * dz < limit * limit;
}

/** Where a body is some time into a step, and how it moves then. */
class Flight implements Placed {
  shape!: RigidBody['shape'];
  readonly position = new cannon.Vec3();
  readonly velocity = new cannon.Vec3();
  readonly quaternion = new cannon.Quaternion();
  readonly angularVelocity = new cannon.Vec3();
  readonly rotation = new Float64Array(9);
  #body!: RigidBody;
  #isTurning = false;

  /** Takes the body as it is at the start. */
  start(body: RigidBody): this {
    this.#body = body;
    this.shape = body.shape;
    this.position.copy(body.position);
    this.rotation.set(body.rotation);
    const { startAngularVelocity: w0, angularVelocity: w1 } = body;
    this.#isTurning = hasPoints(body) && !(w0.isZero() && w1.isZero());
    return this;
  }

  /** Goes to `t` s into the step of `dt`. */
  at(t: number, dt: number): void {
    const { position: p, startVelocity: v0, velocity: v1, mass } = this.#body;
    if (mass === 0) return;
    const share = t / dt;
    v0.lerp(v1, share, this.velocity);
    const v = this.velocity;
    this.position.set(
      p.x + (t / 2) * (v0.x + v.x),
      p.y + (t / 2) * (v0.y + v.y),
      p.z + (t / 2) * (v0.z + v.z),
    );
    if (!this.#isTurning) return;
    const { startAngularVelocity: w0, angularVelocity: w1, quaternion } = this.#body;
    w0.lerp(w1, share / 2, meanSpin);
    turnBy(this.quaternion.copy(quaternion), meanSpin, t);
    rotationMatrix(this.quaternion, this.rotation);
  }

  /** rad/s at `t` s into the step of `dt` */
  spinAt(t: number, dt: number): cannon.Vec3 {
    const { startAngularVelocity: w0, angularVelocity: w1 } = this.#body;
    w0.lerp(w1, t / dt, this.angularVelocity);
    return this.angularVelocity;
  }
}

const meanSpin = new cannon.Vec3();
const flightA = new Flight();
const flightB = new Flight();
const separation: Separation = { gap: 0, x: 0, y: 0, z: 0 };

/** How fast turning can bring the surface of a body nearer to anything, m/s. */
function turningSpeed(body: RigidBody): number {
  const { shape } = body;
  const arm = shape.kind === 'capsule' ? shape.halfLength : body.boundingRadius;
  // A plane reaches everywhere, and does not turn.
  return shape.kind === 'plane' ? 0 : arm * spinOf(body);
}

/**
 * The gap along a direction closes no faster than the linear velocities along it (which change evenly, so that one of
 * both ends of the time has the larger) and the turning of both bodies allow, whatever is nearest then.
 */
function meet(a: RigidBody, b: RigidBody, first: number, dt: number): number {
  const turning = turningSpeed(a) + turningSpeed(b);
  flightA.start(a);
  flightB.start(b);
  separate(flightA, flightB, separation);
  if (separation.gap <= TOUCH) return first;
  const { startVelocity: a0, velocity: a1 } = a;
  const { startVelocity: b0, velocity: b1 } = b;
  let t = 0;
  for (let round = 0; round < ROUNDS && t < first; round++) {
    const { x, y, z } = separation;
    const start = x * (a0.x - b0.x) + y * (a0.y - b0.y) + z * (a0.z - b0.z);
    const end = x * (a1.x - b1.x) + y * (a1.y - b1.y) + z * (a1.z - b1.z);
    const now = start + (t / dt) * (end - start);
    const last = start + (first / dt) * (end - start);
    const speed = Math.max(now, last) + turning;
    if (speed <= 0) return first;
    t += (separation.gap - TOUCH / 2) / speed;
    if (t >= first) return first;
    flightA.at(t, dt);
    flightB.at(t, dt);
    separate(flightA, flightB, separation);
    if (separation.gap <= TOUCH) return t;
  }
  return Math.min(t, first);
}

/** The first of a body's corners or ends to meet a plane, of those that no contact force holds. */
function pointsMeet(
  body: RigidBody,
  plane: RigidBody,
  contacts: readonly ContactPoint[],
  from: number,
  to: number,
  first: number,
  dt: number,
): number {
  const { shape, startAngularVelocity: w0, angularVelocity: w1, startVelocity: v0, velocity: v1 } = body;
  const spin = spinOf(body);
  const n = plane.planeNormal;
  const down = Math.max(0, v0.dot(n) - v1.dot(n)) / dt;
  // What a point's speed towards the plane can grow by in a second.
  const acceleration = down + (spin * spin + w1.distanceTo(w0) / dt) * body.boundingRadius;
  const { rotation: r, position: p } = body;
  const { position: q } = plane;
  const radius = radiusOf(shape);
  const height = n.x * (p.x - q.x) + n.y * (p.y - q.y) + n.z * (p.z - q.z) - radius;
  const nu = n.x * r[0]! + n.y * r[3]! + n.z * r[6]!;
  const nv = n.x * r[1]! + n.y * r[4]! + n.z * r[7]!;
  const nw = n.x * r[2]! + n.y * r[5]! + n.z * r[8]!;
  const speed = Math.abs(v0.dot(n)) + spin * body.boundingRadius + acceleration * dt;
  const count = shape.kind === 'box' ? 8 : 2;
  for (let feature = 0; feature < count; feature++) {
    if (holds(contacts, from, to, feature)) continue;
    if (shape.kind === 'box') {
      const [hx, hy, hz] = shape.halfExtents;
      point.set(feature & 1 ? hx : -hx, feature & 2 ? hy : -hy, feature & 4 ? hz : -hz);
    } else point.set(0, 0, feature === 0 ? -halfLengthOf(shape) : halfLengthOf(shape));
    // Too far for its fastest.
    if (height + nu * point.x + nv * point.y + nw * point.z > 1.001 * speed * first + 2 * TOUCH) continue;
    first = pointMeets(body, plane, radius, acceleration, first, dt);
  }
  return first;
}

const [point, arm, swing] = [new cannon.Vec3(), new cannon.Vec3(), new cannon.Vec3()];

function holds(contacts: readonly ContactPoint[], from: number, to: number, feature: number): boolean {
  for (let i = from; i < to; i++) if (!contacts[i]!.swept && contacts[i]!.feature === feature) return true;
  return false;
}

/** When `point` of the body, or a ball of `radius` around it, meets the plane. */
function pointMeets(
  body: RigidBody,
  plane: RigidBody,
  radius: number,
  acceleration: number,
  first: number,
  dt: number,
): number {
  const { planeNormal: n, position: q } = plane;
  const flight = flightA.start(body);
  let t = 0;
  for (let round = 0; round <= ROUNDS && t < first; round++) {
    flight.at(t, dt);
    const { rotation: r, position: p, velocity: v } = flight;
    arm.set(
      r[0]! * point.x + r[1]! * point.y + r[2]! * point.z,
      r[3]! * point.x + r[4]! * point.y + r[5]! * point.z,
      r[6]! * point.x + r[7]! * point.y + r[8]! * point.z,
    );
    const gap = n.x * (p.x + arm.x - q.x) + n.y * (p.y + arm.y - q.y) + n.z * (p.z + arm.z - q.z) - radius;
    if (gap <= TOUCH) return round === 0 ? first : t;
    flight.spinAt(t, dt).cross(arm, swing);
    const closing = -(n.x * (v.x + swing.x) + n.y * (v.y + swing.y) + n.z * (v.z + swing.z));
    const speed = closing + acceleration * (dt - t);
    if (speed <= 0) return first;
    t += (gap - TOUCH / 2) / speed;
  }
  return Math.min(t, first);
}
