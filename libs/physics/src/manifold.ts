/** Contact points, and the set of those of one step. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { couplingThroughJoints, throughJoints } from './joints/reaction.ts';
import { Row, ROW } from './row.ts';

/** Impulses of a contact, N s along its normal and its two tangents, and the velocity that they aim at. */
export interface Press {
  normal: number;
  p1: number;
  p2: number;
  /** Relative velocity along the normal that they leave at least, m/s. */
  target: number;
}

const noPress = (): Press => ({ normal: 0, p1: 0, p2: 0, target: 0 });

/** A contact point between bodies A and B; its normal points from A to B. */
export class ContactPoint {
  a!: RigidBody;
  b!: RigidBody;
  /** The numbers of its three rows, one after the other from `at` on. */
  readonly rows: Float64Array;
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
  restitution = 0;
  /** Velocity of B's surface against that of A along the tangents, beyond what the bodies' motion gives, m/s. */
  belt1 = 0;
  belt2 = 0;
  /** Approach speed below which the contact is at rest and does not bounce, m/s. */
  restSpeed = 0;
  /** Of the impact under way. */
  readonly impact = noPress();
  /** Impulses of all impacts at the start of the step, N s along the normal. */
  struck = 0;
  /** J: what belts gave in them. */
  struckWork = 0;
  /** Of the contact force over the step. */
  readonly force = noPress();
  /** Whether the surfaces will meet within the step, which then ends there: no force until then. */
  swept = false;

  constructor(rows: Float64Array, at: number) {
    this.rows = rows;
    this.at = at;
    this.normal = new Row(rows, at);
    this.tangent1 = new Row(rows, at + ROW);
    this.tangent2 = new Row(rows, at + 2 * ROW);
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

/** Contact points whose rows are made together, side by side. */
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
    contact.gap = gap;
    contact.point.set(x, y, z);
    contact.feature = feature;
    // A pair takes the product of restitutions and the geometric mean of frictions (libs/scene).
    contact.restitution = a.restitution * b.restitution;
    contact.friction = Math.sqrt(a.frictionCoefficient * b.frictionCoefficient);
    normal.set(nx, ny, nz);
    // The normal of a sphere points through its centre, exactly: without friction it never spins.
    const throughA = a.shape.kind === 'sphere' ? a.position : contact.point;
    const throughB = b.shape.kind === 'sphere' ? b.position : contact.point;
    throughJoints(contact.normal.set(a, throughA, b, throughB, normal), a, b);
    if (contact.friction > 0) setTangents(contact);
    contact.struck = contact.struckWork = 0;
    contact.force.normal = contact.force.p1 = contact.force.p2 = 0;
    contact.swept = false;
  }

  #extend(): void {
    const rows = new Float64Array(CHUNK * 3 * ROW);
    for (let i = 0; i < CHUNK; i++) this.#pool.push(new ContactPoint(rows, i * 3 * ROW));
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
