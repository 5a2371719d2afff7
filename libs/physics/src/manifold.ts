/** Contact points, and the set of those of one step. */
import * as cannon from 'cannon-es';
import { isOfBalls, setBalls } from './ball-contact.ts';
import type { RigidBody } from './body.ts';
import { couplingThroughJoints, throughJoints } from './joints/reaction.ts';
import { Press, PRESS } from './press.ts';
import { Row, ROW } from './row.ts';

/** Where the numbers of its force and of its impact begin after its first, and how many it has. */
export const FORCE = 3 * ROW;
export const IMPACT = FORCE + PRESS;
const CONTACT = IMPACT + PRESS;

/** A contact point between bodies A and B; its normal points from A to B. */
export class ContactPoint {
  a!: RigidBody;
  b!: RigidBody;
  /** A number for its pair that grows in the order of the pairs (pairs.ts). */
  pair = 0;
  /** Its numbers from `at` on: those of its three rows, of its force and of its impact. */
  readonly numbers: Float64Array;
  readonly at: number;
  readonly normal: Row;
  readonly tangent1: Row;
  readonly tangent2: Row;
  /** Largest response of the tangents, 1/kg: the step width of the friction solver. */
  tangentResponse = 0;
  /** World position midway between the surfaces, m. */
  readonly point = new cannon.Vec3();
  /** What of the two shapes touches, as a number below 2^14: the contact's identity among its pair's from step to step. */
  feature = 0;
  /** Distance between the surfaces along the normal, m; negative where they overlap. */
  gap = 0;
  friction = 0;
  /** Whether it is one of balls (ball-contact.ts), which have no tangents. */
  ofBalls = false;
  restitution = 0;
  /** Velocity of B's surface against that of A along the tangents, beyond what the bodies' motion gives, m/s. */
  belt1 = 0;
  belt2 = 0;
  /** Approach speed below which the contact is at rest and does not bounce, m/s. */
  restSpeed = 0;
  /** Of the impact under way. */
  readonly impact: Press;
  /** Impulses of all impacts at the start of the step, N s along the normal. */
  struck = 0;
  /** J: what belts gave in them. */
  struckWork = 0;
  /** Of the contact force over the step. */
  readonly force: Press;
  /** Whether the surfaces will meet within the step, which then ends there: no force until then. */
  swept = false;

  constructor(numbers: Float64Array, at: number) {
    this.numbers = numbers;
    this.at = at;
    this.normal = new Row(numbers, at);
    this.tangent1 = new Row(numbers, at + ROW);
    this.tangent2 = new Row(numbers, at + 2 * ROW);
    this.force = new Press(numbers, at + FORCE);
    this.impact = new Press(numbers, at + IMPACT);
  }

  /** J: what belts give the bodies where friction has these impulses along the tangents. */
  beltWork({ p1, p2 }: Press): number {
    return -(p1 * this.belt1 + p2 * this.belt2);
  }

  /** Relative velocity along the normal, m/s; negative where the bodies approach. */
  normalVelocity(): number {
    const { a, b } = this;
    return this.normal.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
  }
}

/** The number of a pair of bodies (`ContactPoint.pair`). */
export const pairOf = ({ index: i }: RigidBody, { index: j }: RigidBody): number =>
  i > j ? i * 0x10000 + j : j * 0x10000 + i;

/** Contact points whose numbers are made together, side by side. */
const CHUNK = 16;

/** The contact points of one step, made once and used again; those of one pair are adjacent, in the order of the pairs. */
export class ContactSet {
  readonly points: ContactPoint[] = [];
  readonly #pool: ContactPoint[] = [];

  clear(): void {
    this.points.length = 0;
  }

  /**
   * @param nx, ny, nz unit vector from A to B
   * @param x, y, z midway between the surfaces, m
   * @param gap m
   */
  add(
    a: RigidBody,
    b: RigidBody,
    nx: number,
    ny: number,
    nz: number,
    x: number,
    y: number,
    z: number,
    gap: number,
    feature: number,
  ): void {
    const index = this.points.length;
    if (index === this.#pool.length) this.#extend();
    const contact = this.#pool[index]!;
    this.points.push(contact);
    contact.a = a;
    contact.b = b;
    contact.pair = pairOf(a, b);
    contact.gap = gap;
    contact.point.set(x, y, z);
    contact.feature = feature;
    // A pair takes the product of restitutions and the geometric mean of frictions (libs/scene).
    contact.restitution = a.restitution * b.restitution;
    contact.friction = Math.sqrt(a.frictionCoefficient * b.frictionCoefficient);
    contact.struck = contact.struckWork = 0;
    contact.force.clear();
    contact.swept = false;
    contact.ofBalls = contact.friction > 0 && isOfBalls(a, b);
    if (contact.ofBalls) return setBalls(contact, nx, ny, nz);
    normal.set(nx, ny, nz);
    // The normal of a sphere points through its centre, exactly: without friction it never spins.
    const throughA = a.shape.kind === 'sphere' ? a.position : contact.point;
    const throughB = b.shape.kind === 'sphere' ? b.position : contact.point;
    throughJoints(contact.normal.set(a, throughA, b, throughB, normal), a, b);
    if (contact.friction > 0) setTangents(contact);
  }

  #extend(): void {
    const numbers = new Float64Array(CHUNK * CONTACT);
    for (let i = 0; i < CHUNK; i++) this.#pool.push(new ContactPoint(numbers, i * CONTACT));
  }
}

const normal = new cannon.Vec3();
const [t1, t2] = [new cannon.Vec3(), new cannon.Vec3()];

function setTangents(contact: ContactPoint): void {
  const { a, b, point, tangent1, tangent2 } = contact;
  const axis = Math.abs(normal.x) < 0.6 ? cannon.Vec3.UNIT_X : cannon.Vec3.UNIT_Y;
  normal.cross(axis, t1);
  t1.normalize();
  normal.cross(t1, t2);
  throughJoints(tangent1.set(a, point, b, point, t1), a, b);
  throughJoints(tangent2.set(a, point, b, point, t2), a, b);
  // Largest eigenvalue of the 2 x 2 response: with it, friction opposes the slip exactly and its iteration converges.
  const p = tangent1.response;
  const q = tangent2.response;
  const r = couplingThroughJoints(tangent1, tangent2, a, b);
  const half = (p - q) / 2;
  contact.tangentResponse = (p + q) / 2 + Math.sqrt(half * half + r * r);
  contact.belt1 = contact.belt2 = 0;
  if (!a.surfaceVelocity.isZero()) addBelt(contact, a, -1);
  if (!b.surfaceVelocity.isZero()) addBelt(contact, b, 1);
}

function addBelt(contact: ContactPoint, body: RigidBody, sign: number): void {
  body.quaternion.vmult(body.surfaceVelocity, belt);
  contact.belt1 += sign * belt.dot(t1);
  contact.belt2 += sign * belt.dot(t2);
}
const belt = new cannon.Vec3();
