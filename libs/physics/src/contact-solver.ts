/**
 * The contact solver that replaces that of cannon-es (`world.solver`): right impulses, no energy from nothing.
 *
 * A step runs in three phases. (1) Impacts at its start (impact.ts). (2) Contact forces over the step, with gravity:
 * projected Gauss–Seidel on velocities, warm-started, so that no surfaces meet before its end. (3) The step is cut
 * short at the first impact within it (time-of-impact.ts), where the next step begins; so free flight and bounces are
 * exact up to rounding, and nothing tunnels. Overlap that is left is corrected in the positions, never the velocities.
 * Joints hold where the step ends (joints/articulation.ts), and every impulse acts through them. After cannon-es has
 * moved the bodies, `finish` gives the velocities the forces and joints at the end of the step.
 */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import type { Cluster } from './clusters.ts';
import { compensate, relaxDrive, warmStartDrive, type Drive } from './drive.ts';
import { applyForces, kick, type ForceSource } from './forces.ts';
import { resolveImpacts, TOUCH } from './impact.ts';
import type { Articulation } from './joints/articulation.ts';
import { Ledger } from './ledger.ts';
import type { ContactPoint } from './manifold.ts';
import { NEAR, type ContactNarrowphase } from './narrowphase.ts';
import type { NearPairs } from './broadphase.ts';
import type { Rest } from './rest.ts';
import { addShare, type Reaction } from './row.ts';
import { sweep, sweepClusters, type Sweeps } from './sweeps.ts';
import { firstImpact, straightTime } from './time-of-impact.ts';
import { meetGround, relaxWheel, roll, settle, type Wheel } from './wheels.ts';

/** Where drives, wheels or joints take part. */
const CONVERGED: Sweeps = { tolerance: 1e-9, iterations: 200 };
/** Contacts of a body that lies alone. */
const FEW = 4;
const LONE: Sweeps = { tolerance: 1e-8, iterations: 60 };
/** Contacts times sweeps that a heap gets. */
const TURNS = 5000;
/**
 * Of a heap: a ten-thousandth of how fast it moves and, what moves so fast that it is not about to lie still, up to a
 * thousandth, within these bounds, m/s. So it comes to rest (rest.ts).
 */
const [COARSE, FINE] = [1e-4, 1e-8];
const heapTolerance = (speed: number): number =>
  Math.min(Math.max(1e-4 * speed, 1e-3 * speed * speed, FINE), COARSE);
/**
 * The higher a heap, the more sweeps it wants. Those of many contacts do not converge in a step: their forces are found
 * over the steps, each of which starts from those of the last.
 */
const heap = (contacts: Cluster): Sweeps => ({
  tolerance: heapTolerance(fastest(contacts)),
  iterations: Math.min(Math.max(3 * contacts.length, 30), Math.max(TURNS / contacts.length, 20)),
});
/** Overlap that is left alone, m. */
const SLOP = 1e-5;
/** Share of the overlap that one step corrects. */
const CORRECTION = 0.2;
const CORRECTION_ITERATIONS = 4;
/** Contacts, drives and joints have found each other when the joints are off by no more, m or rad. */
const JOINT_TOLERANCE = 1e-8;
const JOINT_ROUNDS = 8;
/** Share of a step in which joints move too little to be solved for. */
const SHORTEST = 1e-6;

export class ContactSolver extends cannon.Solver {
  /** How far the latest step went, s. */
  advance = 0;
  /** J: what belts, applied forces, drives and wheels have done on the bodies since the start. */
  work = 0;
  /** The contact impulses since it was last emptied. */
  readonly ledger = new Ledger();
  /** What acts besides gravity and contacts. */
  readonly sources: ForceSource[] = [];
  readonly drives: Drive[] = [];
  readonly wheels: Wheel[] = [];
  articulations: readonly Articulation[] = [];
  /** Where bodies may rest. */
  rest: Rest | undefined = undefined;
  /** Duration of an undivided step, s. */
  readonly #fullStep: number;
  readonly #pairs: NearPairs;
  /** Whether the latest step went as far as its forces were solved for. */
  #whole = true;
  /** Contacts with forces in the current step. */
  readonly #held: ContactPoint[] = [];

  constructor(fullStep: number, pairs: NearPairs) {
    super();
    this.#fullStep = fullStep;
    this.#pairs = pairs;
  }

  /** Called by cannon-es after the narrowphase and before the integration. */
  override solve(dt: number, world: cannon.World): number {
    const bodies = world.bodies as RigidBody[];
    const contacts = (world.narrowphase as ContactNarrowphase).contacts.points;
    if (this.sources.length > 0) applyForces(this.sources, bodies);
    for (const contact of contacts) contact.restSpeed = restSpeed(contact, world.gravity, this.#fullStep);
    const { window } = this.#pairs;
    resolveImpacts(contacts, window);
    for (const body of bodies) {
      body.startVelocity.copy(body.velocity);
      body.startAngularVelocity.copy(body.angularVelocity);
    }
    const span = this.#fly(bodies, world.gravity, dt);
    for (const wheel of this.wheels) meetGround(wheel, bodies, span);
    const others = this.drives.length + this.wheels.length;
    const iterations = contacts.length + others > 0 ? this.#contactForces(contacts, span) : 0;
    this.advance = straightTime(contacts, span);
    if (window === 0) this.advance = Math.min(this.advance, firstImpact(this.#pairs, contacts, span));
    this.#whole = this.advance === span;
    this.#endStep(bodies, contacts, span);
    return iterations;
  }

  /**
   * Gravity, applied forces and joints over the step, without contacts.
   * @returns how long the step is, s: shorter than `dt` where joints turn too fast for it
   */
  #fly(bodies: readonly RigidBody[], gravity: cannon.Vec3, dt: number): number {
    for (let span = dt; ; span /= 2) {
      for (const body of bodies) {
        if (body.isStill) continue;
        body.shift.setZero();
        body.turn.setZero();
        body.endImpulse.setZero();
        body.endTorque.setZero();
        const { startVelocity: v, linearFactor: f } = body;
        body.velocity.set(
          v.x + span * gravity.x * f.x,
          v.y + span * gravity.y * f.y,
          v.z + span * gravity.z * f.z,
        );
        body.angularVelocity.copy(body.startAngularVelocity);
      }
      if (this.sources.length > 0) kick(bodies, span);
      for (const articulation of this.articulations) articulation.begin();
      if (this.#holdJoints(span) < Infinity || span < SHORTEST * this.#fullStep) return span;
    }
  }

  /** Called after the bodies have moved: the velocities that forces at the end of the step give. */
  finish(world: cannon.World): void {
    const bodies = world.bodies as RigidBody[];
    const dt = this.advance;
    if (this.sources.length > 0) {
      // Flown under the forces of the start, of which half give way to half of those of the end.
      kick(bodies, -dt / 2);
      this.#placeJoints();
      applyForces(this.sources, bodies);
      kick(bodies, dt / 2);
      for (const source of this.sources) this.work += source.work?.() ?? 0;
    } else this.#placeJoints();
    for (const drive of this.drives) drive.end?.(dt);
    for (const articulation of this.articulations) articulation.project();
    stopDrives(this.drives);
    if (this.articulations.length > 0 && this.#whole) for (const drive of this.drives) compensate(drive);
    for (const drive of this.drives) this.work += drive.force * drive.travel();
    for (const wheel of this.wheels) this.work += settle(wheel, bodies);
  }

  /** Contact forces over `dt` as impulses, by projected Gauss–Seidel from those of the previous step. */
  #contactForces(contacts: readonly ContactPoint[], dt: number): number {
    const held = this.#held;
    held.length = 0;
    for (const contact of contacts) {
      const { a, b } = contact;
      const start = contact.normal.velocity(
        a.startVelocity,
        a.startAngularVelocity,
        b.startVelocity,
        b.startAngularVelocity,
      );
      contact.swept =
        this.#pairs.window === 0 ? contact.gap > TOUCH && start < -contact.restSpeed : contact.gap > NEAR;
      if (contact.swept || contact.normal.response === 0) continue;
      // The mean velocity (start + end) / 2 may close the gap and no more. A contact that parts at the start may so
      // approach at the end, which is the next step's impact; one that approaches is stopped.
      contact.force.target = Math.min(0, (-2 * Math.max(contact.gap, 0)) / dt - start);
      held.push(contact);
    }
    this.ledger.warmStart(held, dt);
    for (const drive of this.drives) warmStartDrive(drive, dt);
    let iteration = this.#relax(held, dt);
    // Impulses act through the joints as they are at the start; what the joints' motion adds is small.
    for (let round = 0; round < JOINT_ROUNDS && this.#holdJoints(dt) > JOINT_TOLERANCE; round++)
      iteration += this.#relax(held, dt);
    for (const drive of this.drives) drive.force = drive.impulse / dt;
    if (held.some((contact) => contact.gap < -SLOP)) correctOverlap(held);
    return iteration;
  }

  #relax(held: readonly ContactPoint[], dt: number): number {
    if (this.drives.length + this.wheels.length + this.articulations.length === 0)
      return sweepClusters(held, 'force', (cluster) => (cluster.length <= FEW ? LONE : heap(cluster)));
    return sweep(held, 'force', CONVERGED, () => {
      let change = 0;
      for (const drive of this.drives) change = Math.max(change, relaxDrive(drive));
      for (const wheel of this.wheels) change = Math.max(change, relaxWheel(wheel, dt));
      return change;
    });
  }

  /** @returns how far off the joints were at the end of the step, m or rad */
  #holdJoints(dt: number): number {
    let most = 0;
    for (const articulation of this.articulations) most = Math.max(most, articulation.hold(dt));
    return most;
  }

  /** Sets up the joints where the bodies have come to. */
  #placeJoints(): void {
    for (const articulation of this.articulations) {
      for (const body of articulation.bodies) body.addImpulse(1, body.endImpulse, body.endTorque);
      articulation.place();
    }
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
    if (this.articulations.length > 0) this.#endJoints(share);
    let { work } = this;
    for (const contact of contacts) work += contact.struckWork + share * contact.beltWork(contact.force);
    this.work = work;
    this.ledger.enter(contacts, share, this.advance);
    this.rest?.settle(contacts, dt, this.advance);
    this.wheels.forEach((wheel, index) => {
      this.work += roll(wheel, share, dt);
      const { ground, chassis, contact, normal, load } = wheel;
      if (ground)
        this.ledger.enterWheel(index, { a: ground, b: chassis, point: contact, normal }, share * load);
    });
  }

  /** The joints hold where the shortened step ends; half of what holds them is left to the velocities at its end. */
  #endJoints(share: number): void {
    const dt = this.advance;
    for (const articulation of this.articulations) {
      if (share < 1) articulation.cut(share);
      if (share < 1 && dt > SHORTEST * this.#fullStep) articulation.hold(dt);
      articulation.takeBackHalf();
    }
    for (const { halved, row, force, a, b } of this.drives)
      if (halved) row.addMomentum((-force * dt) / 2, a, b);
  }
}

/**
 * Gravity gives a resting contact an approach of g h in a step of h, so half of that along the normal cannot be told
 * from rest; what applied forces give it neither. Without forces any approach bounces.
 */
function restSpeed({ a, b, normal }: ContactPoint, gravity: cannon.Vec3, step: number): number {
  const { dx, dy, dz } = normal;
  const { appliedForce: f, invMass: m } = a;
  const { appliedForce: g, invMass: n } = b;
  const applied = dx * (g.x * n - f.x * m) + dy * (g.y * n - f.y * m) + dz * (g.z * n - f.z * m);
  const weight = dx * gravity.x + dy * gravity.y + dz * gravity.z;
  return Math.max(0.5 * step * (Math.abs(weight) + Math.abs(applied)), 1e-9);
}

/** How fast anything in a cluster moves or turns at the start of the step, m/s. */
function fastest(cluster: Cluster): number {
  let most = 0;
  for (const { a, b } of cluster) most = Math.max(most, startSpeed(a), startSpeed(b));
  return Math.sqrt(most);
}

/** Square of the larger of its speed and that at which turning moves its surface, m²/s². */
function startSpeed({
  mass,
  startVelocity: v,
  startAngularVelocity: w,
  boundingRadius: r,
}: RigidBody): number {
  if (mass === 0) return 0;
  return Math.max(v.x * v.x + v.y * v.y + v.z * v.z, (w.x * w.x + w.y * w.y + w.z * w.z) * r * r);
}

/** Ends what is left of the approaches to stops, all together. */
function stopDrives(drives: readonly Drive[]): void {
  for (let iteration = 0; iteration < CONVERGED.iterations; iteration++) {
    let change = 0;
    for (const drive of drives) change = Math.max(change, drive.stop?.() ?? 0);
    if (change < CONVERGED.tolerance) break;
  }
}

/**
 * Displacements that part overlapping bodies, applied when the bodies move. They carry no velocity, and turn nothing but
 * bodies with joints: a turn would change the energy of the spin. Weighted by mass, so that a pair's centre of mass
 * stays.
 */
function correctOverlap(contacts: readonly ContactPoint[]): void {
  if (contacts.length > corrections.length) corrections = new Float64Array(2 * contacts.length);
  corrections.fill(0, 0, contacts.length);
  for (let iteration = 0; iteration < CORRECTION_ITERATIONS; iteration++)
    for (let i = 0; i < contacts.length; i++) correct(contacts[i]!, i);
}

/** What each contact has been parted by, kg m. */
let corrections = new Float64Array(32);

function correct({ a, b, normal, gap }: ContactPoint, i: number): void {
  const before = corrections[i]!;
  const { dx, dy, dz, reaction } = normal;
  const m = a.inverseMass;
  const n = b.inverseMass;
  const s = a.shift;
  const t = b.shift;
  // So it is with most contacts.
  if (gap >= -SLOP && before === 0 && s.isZero() && t.isZero() && !reaction) return;
  const response = reaction
    ? normal.response
    : dx * dx * (m.x + n.x) + dy * dy * (m.y + n.y) + dz * dz * (m.z + n.z);
  if (response === 0) return;
  const wanted = Math.max(CORRECTION * (-gap - SLOP), 0);
  const moved = reaction
    ? normal.velocity(s, a.turn, t, b.turn)
    : dx * (t.x - s.x) + dy * (t.y - s.y) + dz * (t.z - s.z);
  const impulse = Math.max(before + (wanted - moved) / response, 0);
  const p = impulse - before;
  if (p === 0) return;
  corrections[i] = impulse;
  if (reaction) return shiftThroughJoints(reaction, p);
  s.set(s.x - p * dx * m.x, s.y - p * dy * m.y, s.z - p * dz * m.z);
  t.set(t.x + p * dx * n.x, t.y + p * dy * n.y, t.z + p * dz * n.z);
}

function shiftThroughJoints({ bodies, change }: Reaction, p: number): void {
  bodies.forEach(({ shift, turn, island }, i) => {
    addShare(shift, change, 6 * i, p);
    if (island) addShare(turn, change, 6 * i + 3, p);
  });
}
