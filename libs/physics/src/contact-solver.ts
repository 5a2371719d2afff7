/**
 * The contact solver that replaces that of cannon-es (`world.solver`): right impulses, no energy from nothing.
 *
 * A step runs in three phases. (1) Impacts at its start (impact.ts). (2) Contact forces over the step, with gravity:
 * projected Gauss–Seidel on velocities, warm-started, so that no surfaces meet before its end. (3) The step is cut
 * short at the first impact within it (time-of-impact.ts), where the next step begins; so free flight and bounces are
 * exact up to rounding, and nothing tunnels. Overlap that is left is corrected in the positions, never the velocities.
 * After cannon-es has moved the bodies, `finish` gives the velocities the forces at the end of the step (forces.ts).
 */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { relaxDrive, warmStartDrive, type Drive } from './drive.ts';
import { applyForces, kick, type ForceSource } from './forces.ts';
import { coulomb } from './friction.ts';
import { resolveImpacts, TOUCH } from './impact.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { contactPoints, type ContactPoint, type ContactPool } from './manifold.ts';
import type { CollisionPairs } from './pairs.ts';
import { firstImpact } from './time-of-impact.ts';
import { meetGround, relaxWheel, roll, type Wheel } from './wheels.ts';

const ITERATIONS = 60;
/** Gauss–Seidel has converged when no velocity changes by more, m/s. */
const TOLERANCE = 1e-9;
/** Overlap that is left alone, m. */
const SLOP = 1e-5;
/** Share of the overlap that one step corrects. */
const CORRECTION = 0.2;
const CORRECTION_ITERATIONS = 4;

export class ContactSolver extends cannon.Solver {
  /** How far the latest step went, s. */
  advance = 0;
  /** Whether steps end at impacts; turned off where more impacts follow one another than can be resolved. */
  sweeping = true;
  /** J: what belts, applied forces, drives and wheels have done on the bodies since the start. */
  work = 0;
  /** The contact impulses since it was last emptied. */
  readonly ledger: Ledger = createLedger();
  /** What acts besides gravity and contacts. */
  readonly sources: ForceSource[] = [];
  readonly drives: Drive[] = [];
  readonly wheels: Wheel[] = [];
  readonly #pool: ContactPool = [];
  /** Duration of an undivided step, s. */
  readonly #fullStep: number;
  readonly #pairs: CollisionPairs;

  constructor(fullStep: number, pairs: CollisionPairs) {
    super();
    this.#fullStep = fullStep;
    this.#pairs = pairs;
  }

  /** Called by cannon-es after the narrowphase and before the integration. */
  override solve(dt: number, world: cannon.World): number {
    const bodies = world.bodies as RigidBody[];
    const contacts = contactPoints(world.contacts, this.#pool);
    if (this.sources.length > 0) applyForces(this.sources, bodies);
    for (const contact of contacts) contact.restSpeed = restSpeed(contact, world.gravity, this.#fullStep);
    resolveImpacts(contacts);
    for (const body of bodies) {
      body.startVelocity.copy(body.velocity);
      body.startAngularVelocity.copy(body.angularVelocity);
      if (body.mass === 0) continue;
      body.shift.setZero();
      body.velocity.addScaledVector(dt, world.gravity.vmul(body.linearFactor), body.velocity);
    }
    if (this.sources.length > 0) kick(bodies, dt);
    for (const wheel of this.wheels) meetGround(wheel, bodies, dt);
    const others = this.drives.length + this.wheels.length;
    const iterations = contacts.length + others > 0 ? this.#contactForces(contacts, dt) : 0;
    this.advance = this.sweeping ? firstImpact(this.#pairs, contacts, dt) : dt;
    this.#endStep(bodies, contacts, dt);
    return iterations;
  }

  /** Called after the bodies have moved: the velocities that forces at the end of the step give. */
  finish(world: cannon.World): void {
    const bodies = world.bodies as RigidBody[];
    const dt = this.advance;
    if (this.sources.length > 0) {
      // Flown under the forces of the start, of which half give way to half of those of the end.
      kick(bodies, -dt / 2);
      applyForces(this.sources, bodies);
      kick(bodies, dt / 2);
      for (const source of this.sources) this.work += source.work?.() ?? 0;
    }
    for (const drive of this.drives) this.work += drive.force * drive.travel();
  }

  /** Contact forces over `dt` as impulses, by projected Gauss–Seidel from those of the previous step. */
  #contactForces(contacts: readonly ContactPoint[], dt: number): number {
    const held: ContactPoint[] = [];
    for (const contact of contacts) {
      const { a, b } = contact;
      const start = contact.normal.velocity(
        a.startVelocity,
        a.startAngularVelocity,
        b.startVelocity,
        b.startAngularVelocity,
      );
      contact.swept = this.sweeping && contact.gap > TOUCH && start < -contact.restSpeed;
      if (contact.swept || contact.normal.response === 0) continue;
      // The mean velocity (start + end) / 2 may close the gap and no more. A contact that parts at the start may so
      // approach at the end, which is the next step's impact; one that approaches is stopped.
      contact.target = Math.min(0, (-2 * Math.max(contact.gap, 0)) / dt - start);
      held.push(contact);
      this.ledger.warmStart(contact, dt);
    }
    for (const drive of this.drives) warmStartDrive(drive, dt);
    let iteration = 0;
    for (; iteration < ITERATIONS; iteration++) {
      let change = 0;
      for (const drive of this.drives) change = Math.max(change, relaxDrive(drive));
      for (const contact of held) change = Math.max(change, relax(contact));
      for (const wheel of this.wheels) change = Math.max(change, relaxWheel(wheel, dt));
      if (change < TOLERANCE) break;
    }
    for (const drive of this.drives) drive.force = drive.impulse / dt;
    if (held.some((contact) => contact.gap < -SLOP)) correctOverlap(held);
    return iteration;
  }

  /** Cuts forces and velocities to the share of the step that is taken, and keeps the books. */
  #endStep(bodies: readonly RigidBody[], contacts: readonly ContactPoint[], dt: number): void {
    const share = this.advance / dt;
    for (const body of bodies) {
      body.flight = this.advance;
      if (share === 1 || body.mass === 0) continue;
      body.startVelocity.lerp(body.velocity, share, body.velocity);
      body.startAngularVelocity.lerp(body.angularVelocity, share, body.angularVelocity);
    }
    for (const contact of contacts)
      this.work += contact.struckWork + share * contact.beltWork(contact.force1, contact.force2);
    for (const wheel of this.wheels) this.work += roll(wheel, share, dt);
    this.ledger.enter(contacts, share, this.advance);
  }
}

/**
 * Gravity gives a resting contact an approach of g h in a step of h, so half of that along the normal cannot be told
 * from rest; what applied forces give it neither. Without forces any approach bounces.
 */
function restSpeed({ a, b, normal }: ContactPoint, gravity: cannon.Vec3, step: number): number {
  const { dx, dy, dz } = normal;
  const [f, g, m, n] = [a.appliedForce, b.appliedForce, a.invMass, b.invMass];
  const applied = dx * (g.x * n - f.x * m) + dy * (g.y * n - f.y * m) + dz * (g.z * n - f.z * m);
  const weight = dx * gravity.x + dy * gravity.y + dz * gravity.z;
  return Math.max(0.5 * step * (Math.abs(weight) + Math.abs(applied)), 1e-9);
}

/** One Gauss–Seidel update of a contact. @returns the largest change of a relative velocity, m/s */
function relax(contact: ContactPoint): number {
  const { a, b, normal } = contact;
  const force = Math.max(contact.force - (contact.normalVelocity() - contact.target) / normal.response, 0);
  const step = force - contact.force;
  if (step !== 0) normal.push(step, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
  contact.force = force;
  let change = Math.abs(step) * normal.response;
  if (contact.friction > 0 && contact.tangentResponse > 0) {
    const [f1, f2] = coulomb(contact, force, contact.force1, contact.force2);
    const slip = Math.abs(f1 - contact.force1) + Math.abs(f2 - contact.force2);
    change = Math.max(change, slip * contact.tangentResponse);
    contact.force1 = f1;
    contact.force2 = f2;
  }
  return change;
}

/**
 * Displacements that part overlapping bodies, applied when the bodies move. They carry no velocity, and turn nothing:
 * a turn would change the energy of the spin. Weighted by mass, so that a pair's centre of mass stays.
 */
function correctOverlap(contacts: readonly ContactPoint[]): void {
  const impulses = new Float64Array(contacts.length);
  for (let iteration = 0; iteration < CORRECTION_ITERATIONS; iteration++)
    contacts.forEach(({ a, b, normal: { dx, dy, dz }, gap }, i) => {
      const [m, n, s, t] = [a.inverseMass, b.inverseMass, a.shift, b.shift];
      const response = dx * dx * (m.x + n.x) + dy * dy * (m.y + n.y) + dz * dz * (m.z + n.z);
      if (response === 0) return;
      const wanted = Math.max(CORRECTION * (-gap - SLOP), 0);
      const moved = dx * (t.x - s.x) + dy * (t.y - s.y) + dz * (t.z - s.z);
      const impulse = Math.max(impulses[i]! + (wanted - moved) / response, 0);
      const p = impulse - impulses[i]!;
      impulses[i] = impulse;
      s.set(s.x - p * dx * m.x, s.y - p * dy * m.y, s.z - p * dz * m.z);
      t.set(t.x + p * dx * n.x, t.y + p * dy * n.y, t.z + p * dz * n.z);
    });
}
