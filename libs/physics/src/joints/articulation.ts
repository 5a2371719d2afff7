/**
 * Bodies that joints hold together, as one system: RATTLE (Andersen, "Rattle: a velocity version of the Shake
 * algorithm", 1983; Hairer, Lubich & Wanner, "Geometric Numerical Integration", VII.1.4).
 *
 * The joints' impulses of a step are such that the joints hold where the step ends (`hold`, Newton's method on the true
 * motion of the bodies). Half of them acts at the start of the step and half at its end, where it is chosen anew so that
 * the velocities keep the joints too (`project`). This is symplectic and time-reversible: positions do not drift, and the
 * energy stays near what it was. The rows of all joints are solved together, so that chains need no iterations.
 */
import type { Island, RigidBody } from '../body.ts';
import type { Row } from '../row.ts';
import type { Constraint } from './constraint.ts';
import { factorize, factorizeGeneral, substitute, substituteGeneral } from './elimination.ts';

/** Joints that are off by no more hold, m or rad. */
const TOLERANCE = 1e-12;
/** Where Newton's method may stop gaining, m or rad. */
const ROUNDING = 1e-9;
const ROUNDS = 20;
/** Difference from which derivatives are taken, m or rad, and how exact they are. */
const DIFFERENCE = 1e-6;
const REDUNDANT = 1e-6;

interface Tied {
  readonly row: Row;
  readonly a: RigidBody;
  readonly b: RigidBody;
}

export class Articulation implements Island {
  readonly bodies: readonly RigidBody[];
  readonly constraints: readonly Constraint[];
  readonly #rows: readonly Tied[];
  /** For each row, those not before it that share a moving body with it, itself included. */
  readonly #neighbours: readonly (readonly number[])[];
  /** [n, n] the response of each row to each other, factorized. */
  readonly #system: Float64Array;
  /** [n, n] the same for the bodies' motion over the step, where it is needed. */
  readonly #motion: Float64Array;
  /** [n] */
  readonly #errors: Float64Array;
  /** [n] impulses of the step under way, N s or N m s. */
  readonly #impulses: Float64Array;

  constructor(constraints: readonly Constraint[]) {
    this.constraints = constraints;
    this.bodies = [...new Set(constraints.flatMap(({ a, b }) => [a, b]))].filter(({ mass }) => mass > 0);
    for (const body of this.bodies) body.island = this;
    this.#rows = constraints.flatMap(({ rows, a, b }) => rows.map((row) => ({ row, a, b })));
    const n = this.#rows.length;
    const shares = (i: Tied, j: Tied) =>
      [i.a, i.b].some((body) => body.mass > 0 && (body === j.a || body === j.b));
    this.#neighbours = this.#rows.map((j, at) =>
      this.#rows.flatMap((i, index) => (index >= at && shares(i, j) ? [index] : [])),
    );
    this.#system = new Float64Array(n * n);
    this.#motion = new Float64Array(n * n);
    this.#errors = new Float64Array(n);
    this.#impulses = new Float64Array(n);
  }

  /** Sets up the rows where the bodies are now. */
  place(): void {
    for (const constraint of this.constraints) constraint.place();
    const [rows, n, system] = [this.#rows, this.#rows.length, this.#system];
    system.fill(0);
    for (let j = 0; j < n; j++) {
      const neighbours = this.#neighbours[j]!;
      for (const i of neighbours) clear(rows[i]!);
      push(rows[j]!, 1);
      for (const i of neighbours) system[i * n + j] = velocity(rows[i]!);
    }
    factorize(system, n);
  }

  react(): Float64Array {
    const impulses = new Float64Array(this.#rows.length);
    this.#rows.forEach((tied, i) => (impulses[i] = velocity(tied)));
    substitute(this.#system, impulses.length, impulses);
    this.#rows.forEach((tied, i) => push(tied, (impulses[i] = -impulses[i]!)));
    return impulses;
  }

  addImpulses(impulses: Float64Array, share: number): void {
    for (let i = 0; i < impulses.length; i++) this.#impulses[i]! += share * impulses[i]!;
  }

  /** Forgets the impulses of the previous step. */
  begin(): void {
    this.#impulses.fill(0);
  }

  /**
   * Impulses with which the joints hold at the end of a step of `dt` s.
   * @returns how far off the joints were without them, m or rad; Infinity where none are found, as in too long a step
   */
  hold(dt: number): number {
    const [rows, errors] = [this.#rows, this.#errors];
    const n = rows.length;
    let [first, before] = [0, Infinity];
    /** Whether the response is that of the bodies' true motion instead of that of their start. */
    let exact = false;
    for (let round = 0; round < ROUNDS; round++) {
      const worst = this.#measure(dt);
      if (round === 0) first = worst;
      if (worst < TOLERANCE) return first;
      if (worst > before / 4) {
        if (worst < ROUNDING) return first;
        if (exact && worst > before / 2) return Infinity;
        this.#differentiate(dt);
        exact = true;
      }
      before = worst;
      if (exact) substituteGeneral(this.#motion, n, errors);
      else substitute(this.#system, n, errors);
      // An impulse changes the mean velocity of the step by half of what it changes that at its end.
      for (let i = 0; i < n; i++) this.#give(i, (-2 / dt) * errors[i]!);
    }
    return before < ROUNDING ? first : Infinity;
  }

  #give(i: number, impulse: number): void {
    this.#impulses[i]! += impulse;
    const { row, a, b } = this.#rows[i]!;
    row.push(impulse, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
  }

  /** How the errors at the end of a step of `dt` s change with the impulses, by differences; factorized. */
  #differentiate(dt: number): void {
    const [rows, motion, n] = [this.#rows, this.#motion, this.#rows.length];
    motion.fill(0);
    const base = this.#errors.slice();
    const changed = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      const { row, a, b } = rows[j]!;
      if (row.response === 0) continue;
      const impulse = ((2 / dt) * DIFFERENCE) / row.response;
      this.#give(j, impulse);
      this.#measureAt(changed, dt, a, b);
      for (let i = 0; i < n; i++) motion[i * n + j] = ((changed[i]! - base[i]!) * (2 / dt)) / impulse;
      this.#give(j, -impulse);
      a.predict(dt);
      b.predict(dt);
    }
    this.#errors.set(base);
    factorizeGeneral(motion, n, REDUNDANT);
  }

  /** How far the joints are from holding where a step of `dt` s takes the bodies, m or rad. */
  #measure(dt: number): number {
    this.#measureAt(this.#errors, dt, ...this.bodies);
    let worst = 0;
    for (const error of this.#errors) worst = Math.max(worst, Math.abs(error));
    return worst;
  }

  /** Writes the errors where some bodies have got other velocities. */
  #measureAt(out: Float64Array, dt: number, ...moved: readonly RigidBody[]): void {
    for (const body of moved) body.predict(dt);
    let offset = 0;
    for (const constraint of this.constraints) {
      constraint.errors(out, offset);
      offset += constraint.rows.length;
    }
  }

  /** The joint that is off by most where the latest step has ended, and by how much, m or rad. */
  worst(): { readonly joint: string; readonly error: number } {
    let [joint, error] = ['', 0];
    let offset = 0;
    for (const constraint of this.constraints) {
      constraint.errors(this.#errors, offset);
      for (const end = offset + constraint.rows.length; offset < end; offset++)
        if (!(Math.abs(this.#errors[offset]!) <= error))
          [joint, error] = [constraint.name, Math.abs(this.#errors[offset]!)];
    }
    return { joint, error };
  }

  /** Takes note that the step goes for `share` of what the impulses were found for. */
  cut(share: number): void {
    for (let i = 0; i < this.#impulses.length; i++) this.#impulses[i]! *= share;
  }

  /** Half of the impulses does not act at the start of the step: it is taken back when the bodies have moved. */
  takeBackHalf(): void {
    this.#rows.forEach(({ row, a, b }, i) => row.addMomentum(-this.#impulses[i]! / 2, a, b));
  }

  /** Impulses with which the velocities keep the joints, where the bodies are now. */
  project(): void {
    const errors = this.#errors;
    this.#rows.forEach(({ row, a, b }, i) => {
      errors[i] = row.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
    });
    substitute(this.#system, errors.length, errors);
    this.#rows.forEach(({ row, a, b }, i) =>
      row.push(-errors[i]!, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity),
    );
  }
}

function clear({ a, b }: Tied): void {
  for (const body of [a, b]) {
    body.probe.setZero();
    body.angularProbe.setZero();
  }
}
const push = ({ row, a, b }: Tied, impulse: number) =>
  row.push(impulse, a, a.probe, a.angularProbe, b, b.probe, b.angularProbe);
const velocity = ({ row, a, b }: Tied) => row.velocity(a.probe, a.angularProbe, b.probe, b.angularProbe);
