/** From what cannon-es's narrowphase reports on shapes with a skin to the contact points of the true shapes. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { couplingThroughJoints, throughJoints } from './joints/reaction.ts';
import { Row, type Point } from './row.ts';

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
  /** The point in the frame of the box of the pair: its identity from step to step; 0 where there is no box. */
  readonly feature = new cannon.Vec3();
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
  impact1 = 0;
  impact2 = 0;
  /** Impulses of all impacts at the start of the step, N s along the normal. */
  struck = 0;
  /** J: what belts gave in them. */
  struckWork = 0;
  /** Impulses of the contact force over the step, N s. */
  force = 0;
  force1 = 0;
  force2 = 0;
  /** Lower bound of the relative normal velocity at the end of the step, m/s. */
  target = 0;
  /** Whether the surfaces will meet within the step, which then ends there: no force until then. */
  swept = false;

  /** J: what belts give the bodies where friction has the impulses `p1` and `p2` (N s) along the tangents. */
  beltWork(p1: number, p2: number): number {
    return -(p1 * this.belt1 + p2 * this.belt2);
  }

  /** Relative velocity along the normal, m/s; negative where the bodies approach. */
  normalVelocity(): number {
    const { a, b } = this;
    return this.normal.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
  }
}

/** Contact points that are made once and used in each step. */
export type ContactPool = ContactPoint[];

/**
 * The contact points of one step, in the order of the narrowphase: points of one pair are adjacent.
 * @param pool grows to the largest number of contacts seen
 */
export function contactPoints(
  equations: readonly cannon.ContactEquation[],
  pool: ContactPool,
): ContactPoint[] {
  return equations.map((equation, index) => {
    pool[index] ??= new ContactPoint();
    return locate(pool[index]!, equation);
  });
}

const [normal, onA, onB, t1, t2] = Array.from({ length: 5 }, () => new cannon.Vec3()) as [
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
  cannon.Vec3,
];

function locate(contact: ContactPoint, equation: cannon.ContactEquation): ContactPoint {
  const a = equation.bi as RigidBody;
  const b = equation.bj as RigidBody;
  normal.copy(equation.ni);
  surfacePoint(a, equation.ri, normal, 1, onA);
  surfacePoint(b, equation.rj, normal, -1, onB);
  // The corners of a box with its skin are not where those of the box are, so sphere and box are measured afresh.
  if (a.shape.kind === 'sphere' && b.shape.kind === 'box') sphereAndBox(a, b, normal, onA, onB, 1);
  else if (a.shape.kind === 'box' && b.shape.kind === 'sphere') sphereAndBox(b, a, normal, onB, onA, -1);
  else if (b.shape.kind === 'plane') project(onA, b, onB);
  else if (a.shape.kind === 'plane') project(onB, a, onA);

  contact.a = a;
  contact.b = b;
  contact.gap = normal.x * (onB.x - onA.x) + normal.y * (onB.y - onA.y) + normal.z * (onB.z - onA.z);
  contact.point.set((onA.x + onB.x) / 2, (onA.y + onB.y) / 2, (onA.z + onB.z) / 2);
  if (b.shape.kind === 'box') b.pointToLocalFrame(onB, contact.feature);
  else if (a.shape.kind === 'box') a.pointToLocalFrame(onA, contact.feature);
  else contact.feature.set(0, 0, 0);
  // A pair takes the product of restitutions and the geometric mean of frictions (libs/scene).
  contact.restitution = a.restitution * b.restitution;
  contact.friction = Math.sqrt(a.frictionCoefficient * b.frictionCoefficient);
  // The normal of a sphere points through its centre, exactly: without friction it never spins.
  const throughA = a.shape.kind === 'sphere' ? a.position : contact.point;
  const throughB = b.shape.kind === 'sphere' ? b.position : contact.point;
  throughJoints(contact.normal.set(a, throughA, b, throughB, normal), a, b);
  if (contact.friction > 0) setTangents(contact);
  contact.struck = contact.struckWork = contact.force = contact.force1 = contact.force2 = 0;
  contact.swept = false;
  return contact;
}

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

/** The point of the true surface for the arm that cannon-es found on the shape with its skin. */
function surfacePoint(body: RigidBody, arm: Point, along: Point, sign: number, out: cannon.Vec3): void {
  const { shape, position } = body;
  if (shape.kind === 'sphere') {
    const r = shape.radius * sign;
    out.set(position.x + along.x * r, position.y + along.y * r, position.z + along.z * r);
    return;
  }
  out.set(position.x + arm.x, position.y + arm.y, position.z + arm.z);
  if (shape.kind === 'box') clampToBox(body, shape.halfExtents, out, out);
}

function clampToBox(box: RigidBody, half: readonly number[], point: cannon.Vec3, out: cannon.Vec3): void {
  box.pointToLocalFrame(point, out);
  out.set(clamp(out.x, half[0]!), clamp(out.y, half[1]!), clamp(out.z, half[2]!));
  box.pointToWorldFrame(out, out);
}

const clamp = (value: number, limit: number) => Math.min(Math.max(value, -limit), limit);

/** The nearest points of a sphere and a box, unless the sphere's centre has entered the box. */
function sphereAndBox(
  sphere: RigidBody,
  box: RigidBody,
  along: cannon.Vec3,
  onSphere: cannon.Vec3,
  onBox: cannon.Vec3,
  sign: number,
): void {
  if (sphere.shape.kind !== 'sphere' || box.shape.kind !== 'box') return;
  const { radius } = sphere.shape;
  clampToBox(box, box.shape.halfExtents, sphere.position, t1);
  t1.vsub(sphere.position, t2);
  const distance = t2.length();
  if (distance < 1e-9 * radius) return;
  onBox.copy(t1);
  t2.scale(sign / distance, along);
  sphere.position.addScaledVector(radius / distance, t2, onSphere);
}

/** The foot of the perpendicular from `point` on a plane. */
function project(point: cannon.Vec3, plane: RigidBody, out: cannon.Vec3): void {
  const height =
    normal.x * (point.x - plane.position.x) +
    normal.y * (point.y - plane.position.y) +
    normal.z * (point.z - plane.position.z);
  out.set(point.x - normal.x * height, point.y - normal.y * height, point.z - normal.z * height);
}
