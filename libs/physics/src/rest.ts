/**
 * Bodies at rest: what lies still on something that is static is left out of the steps until something meets it.
 *
 * A cluster of contacts (clusters.ts) comes to rest together, when for a while none of its bodies moved faster than the
 * forces are solved for. Its contacts keep the forces that hold it, solved once more and further, and are recorded with
 * them. It wakes together, when a moving body makes a contact with one of its bodies or an intervention acts.
 *
 * Only contacts and gravity may act in the scene, there is friction in each contact and one of them presses on a static body: a
 * body that glides, or a system that is closed, keeps its momentum, however small.
 */
import type { RigidBody } from './body.ts';
import { findClusters, type Cluster } from './clusters.ts';
import type { Ledger, RestingContact } from './ledger.ts';
import type { ContactPoint } from './manifold.ts';
import { sweep, type Sweeps } from './sweeps.ts';

/**
 * How long a body has been slow before it may rest, s. With the speeds below, what rests would gain less than 2e-6 m/s²
 * in a heap, and 2e-7 m/s² alone: nothing that turns about in its motion, slips or falls is so slow for so long.
 */
const WHILE = 0.1;
/** m/s: what is slower has been solved for no further (contact-solver.ts). */
const SLOW = 1e-7;
/** The same of bodies of few contacts. */
const ALONE = { contacts: 4, slow: 1e-8 };
/** The forces that hold what rests. */
const STATICS: Sweeps = { tolerance: 1e-11, iterations: 500 };

/** Bodies that rest together, and the contacts that hold them. */
export interface Resting {
  readonly bodies: readonly RigidBody[];
  readonly contacts: readonly RestingContact[];
  /** s of the frame for which the contacts have acted */
  time: number;
}

export class Rest {
  readonly #bodies: readonly RigidBody[];
  readonly #ledger: Ledger;
  readonly #resting: Resting[] = [];
  /** By index: for how long the body has been slow, s. */
  readonly #quiet: Float64Array;
  /** Since the last look for clusters that may rest, s. */
  #since = 0;

  constructor(bodies: readonly RigidBody[], ledger: Ledger) {
    this.#bodies = bodies;
    this.#ledger = ledger;
    this.#quiet = new Float64Array(bodies.length);
  }

  /** Wakes what rests together with the body. @returns whether it rested */
  wake({ resting }: RigidBody): boolean {
    if (!resting) return false;
    this.#resting.splice(this.#resting.indexOf(resting), 1);
    this.#record(resting);
    this.#ledger.recall(resting.contacts);
    for (const body of resting.bodies) {
      body.resting = undefined;
      this.#quiet[body.index] = 0;
    }
    return true;
  }

  wakeAll(): void {
    while (this.#resting.length > 0) this.wake(this.#resting[0]!.bodies[0]!);
  }

  /** Enters the contacts of what rests in the books of the frame that ends. */
  endFrame(): void {
    for (const resting of this.#resting) this.#record(resting);
  }

  #record(resting: Resting): void {
    for (const contact of resting.contacts) this.#ledger.enterResting(contact, resting.time);
    resting.time = 0;
  }

  /**
   * Called at the end of a step, before the bodies move.
   * @param contacts those of the step, with their forces as impulses over `span` s
   * @param dt how far the step goes, s
   */
  settle(contacts: readonly ContactPoint[], span: number, dt: number): void {
    for (const resting of this.#resting) resting.time += dt;
    let ripe = false;
    for (const body of this.#bodies) {
      if (body.isStill) continue;
      const quiet = isSlow(body, SLOW, dt) ? this.#quiet[body.index]! + dt : 0;
      this.#quiet[body.index] = quiet;
      ripe ||= quiet >= WHILE;
    }
    this.#since += dt;
    // Forces of steps that an impact cut are not those that last.
    if (!ripe || dt < span || this.#since < WHILE / 4) return;
    this.#since = 0;
    for (const cluster of findClusters(contacts))
      if (this.#mayRest(cluster, span)) this.#layDown(cluster, span);
  }

  #mayRest(cluster: Cluster, dt: number): boolean {
    const slow = cluster.length > ALONE.contacts ? SLOW : ALONE.slow;
    const isQuiet = (body: RigidBody) =>
      body.mass === 0 || (this.#quiet[body.index]! >= WHILE && isSlow(body, slow, dt));
    return (
      cluster.some(({ a, b, force }) => force.normal > 0 && (a.mass === 0 || b.mass === 0)) &&
      cluster.every(
        ({ a, b, friction, belt1, belt2, swept }) =>
          isQuiet(a) && isQuiet(b) && friction > 0 && belt1 === 0 && belt2 === 0 && !swept,
      )
    );
  }

  /** Solves for the forces that hold the bodies still over `dt` s, from those of the step, and puts them to rest. */
  #layDown(cluster: Cluster, dt: number): void {
    const bodies = [...new Set(cluster.flatMap(({ a, b }) => [a, b]))].filter(({ mass }) => mass > 0);
    // What the step would have given them from rest.
    for (const { velocity: v, startVelocity, angularVelocity: w, startAngularVelocity } of bodies) {
      v.vsub(startVelocity, v);
      w.vsub(startAngularVelocity, w);
    }
    for (const { force, gap } of cluster) force.target = Math.min(0, (-2 * gap) / dt);
    sweep(cluster, 'force', STATICS);
    const contacts = cluster.map((contact) => this.#ledger.keep(contact, 1 / dt));
    const resting: Resting = { bodies, contacts, time: 0 };
    for (const body of bodies) {
      body.resting = resting;
      body.shift.setZero();
      body.velocity.setZero();
      body.startVelocity.setZero();
      body.angularVelocity.setZero();
      body.startAngularVelocity.setZero();
    }
    this.#resting.push(resting);
  }
}

/** Whether neither its motion nor the correction of overlap takes any of its points farther than `slow` m/s does in `dt` s. */
function isSlow(
  { velocity: v, angularVelocity: w, boundingRadius: r, shift: s }: RigidBody,
  slow: number,
  dt: number,
): boolean {
  const limit = slow * slow;
  return (
    v.x * v.x + v.y * v.y + v.z * v.z < limit &&
    (w.x * w.x + w.y * w.y + w.z * w.z) * r * r < limit &&
    s.x * s.x + s.y * s.y + s.z * s.z <= limit * dt * dt
  );
}
