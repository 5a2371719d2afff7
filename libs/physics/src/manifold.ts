/** Contact points, and the set of those of one step. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import type { Tangential } from './friction.ts';
import { couplingThroughJoints, throughJoints } from './joints/reaction.ts';
import { Row } from './row.ts';

/** A contact point between bodies A and B; its normal points from A to B. */
export class ContactPoint {
  a!: RigidBody;
  b!: RigidBody;
  readonly normal = new Row();
  readonly tangent1 = new Row();
  readonly tangent2 = new Row();
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
  /** Approach velocity that the impact under way started from, m/s. */
  approach = 0;
  /** Impulses of the impact under way, N s. */
  impact = 0;
  readonly impactGrip: Tangential = { p1: 0, p2: 0 };
  /** Impulses of all impacts at the start of the step, N s along the normal. */
  struck = 0;
  /** J: what belts gave in them. */
  struckWork = 0;
  /** Impulses of the contact force over the step, N s. */
  force = 0;
  readonly grip: Tangential = { p1: 0, p2: 0 };
  /** Which of the solver's updates was the latest of this contact. */
  visited = -1;
  /** Lower bound of the relative normal velocity at the end of the step, m/s. */
  target = 0;
  /** Whether the surfaces will meet within the step, which then ends there: no force until then. */
  swept = false;

  /** J: what belts give the bodies where friction has these impulses along the tangents. */
  beltWork({ p1, p2 }: Tangential): number {
    return -(p1 * this.belt1 + p2 * this.belt2);
  }

  /** Relative velocity along the normal, m/s; negative where the bodies approach. */
  normalVelocity(): number {
    const { a, b } = this;
    return this.normal.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
  }
}

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
    const contact = (this.#pool[index] ??= new ContactPoint());
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
    contact.struck = contact.struckWork = contact.force = contact.grip.p1 = contact.grip.p2 = 0;
    contact.swept = false;
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
  const [p, q, r] = [tangent1.response, tangent2.response, couplingThroughJoints(tangent1, tangent2, a, b)];
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
