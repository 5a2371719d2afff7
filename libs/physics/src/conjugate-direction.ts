/**
 * The nonsmooth nonlinear conjugate gradient method (Silcowitz-Jensen, Niebe & Erleben, 2010): what a sweep changes is
 * taken for the gradient, and the impulses also go along the conjugate direction of the sweeps so far. Where plain sweeps
 * need hundreds, tens suffice. The velocities follow the impulses linearly.
 */
import type { ContactPoint, Press } from './manifold.ts';
import type { Motion } from './motion.ts';
import { RESPONSE } from './row.ts';

export class ConjugateDirection {
  /** [contacts, 3] impulses before the latest sweep, and the direction. */
  #impulses = new Float64Array(0);
  #direction = new Float64Array(0);
  /** [bodies, 6] velocities before the latest two sweeps, and what they change by along the direction. */
  #before = new Float64Array(0);
  #earlier = new Float64Array(0);
  #turn = new Float64Array(0);
  /** Square of the latest gradient in the norm of the energy, J; 0 at first. */
  #square = 0;

  begin(presses: readonly Press[], motion: Motion): void {
    if (this.#impulses.length < 3 * presses.length) {
      this.#impulses = new Float64Array(6 * presses.length);
      this.#direction = new Float64Array(6 * presses.length);
    }
    if (this.#before.length < motion.v.length) {
      this.#before = new Float64Array(motion.v.length);
      this.#earlier = new Float64Array(motion.v.length);
      this.#turn = new Float64Array(motion.v.length);
    }
    this.#square = 0;
    for (let i = 0; i < presses.length; i++) {
      const { normal, p1, p2 } = presses[i]!;
      this.#impulses[3 * i] = normal;
      this.#impulses[3 * i + 1] = p1;
      this.#impulses[3 * i + 2] = p2;
    }
    for (const { index } of motion.bodies) {
      const from = 6 * index;
      for (let k = from; k < from + 6; k++) this.#before[k] = motion.v[k]!;
      // There is no sweep before the first.
      this.#earlier[from] = Infinity;
    }
  }

  /**
   * How much the velocities differ from those two sweeps ago, m/s. Redundant contacts may shift impulses to each other and
   * back for ever, which moves nothing.
   */
  change({ v, bodies }: Motion): number {
    const earlier = this.#earlier;
    let most = 0;
    for (let i = 0; i < bodies.length; i++) {
      const from = 6 * bodies[i]!.index;
      for (let k = from; k < from + 6; k++) most = Math.max(most, Math.abs(v[k]! - earlier[k]!));
    }
    return most;
  }

  /** Goes along the direction after a sweep; a sweep must follow, which brings all impulses back into their cones. */
  follow(contacts: readonly ContactPoint[], presses: readonly Press[], motion: Motion): void {
    const square = this.#gradient(contacts, presses);
    // It begins anew where the gradient grows.
    const share = square < this.#square ? square / this.#square : 0;
    this.#square = square;
    const impulses = this.#impulses;
    const direction = this.#direction;
    for (let i = 0; i < presses.length; i++) {
      const press = presses[i]!;
      const k = 3 * i;
      const s = share > 0 ? share * direction[k]! : 0;
      const s1 = share > 0 ? share * direction[k + 1]! : 0;
      const s2 = share > 0 ? share * direction[k + 2]! : 0;
      direction[k] = s + press.normal - impulses[k]!;
      direction[k + 1] = s1 + press.p1 - impulses[k + 1]!;
      direction[k + 2] = s2 + press.p2 - impulses[k + 2]!;
      impulses[k] = press.normal += s;
      impulses[k + 1] = press.p1 += s1;
      impulses[k + 2] = press.p2 += s2;
    }
    const { v, bodies } = motion;
    const before = this.#before;
    const earlier = this.#earlier;
    const turn = this.#turn;
    for (let i = 0; i < bodies.length; i++) {
      const from = 6 * bodies[i]!.index;
      for (let k = from; k < from + 6; k++) {
        const s = share > 0 ? share * turn[k]! : 0;
        turn[k] = s + v[k]! - before[k]!;
        earlier[k] = before[k]!;
        before[k] = v[k]! += s;
      }
    }
  }

  #gradient(contacts: readonly ContactPoint[], presses: readonly Press[]): number {
    const impulses = this.#impulses;
    let square = 0;
    for (let i = 0; i < presses.length; i++) {
      const { rows, at, tangentResponse } = contacts[i]!;
      const press = presses[i]!;
      const d = press.normal - impulses[3 * i]!;
      const d1 = press.p1 - impulses[3 * i + 1]!;
      const d2 = press.p2 - impulses[3 * i + 2]!;
      square += d * d * rows[at + RESPONSE]! + (d1 * d1 + d2 * d2) * tangentResponse;
    }
    return square;
  }
}
