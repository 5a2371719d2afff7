/**
 * The nonsmooth nonlinear conjugate gradient method (Silcowitz-Jensen, Niebe & Erleben, 2010): what a sweep changes is
 * taken for the gradient, and the impulses also go along the conjugate direction of the sweeps so far. Where plain sweeps
 * need hundreds, tens suffice. The velocities follow the impulses linearly.
 */
import type { ContactPoint } from './manifold.ts';
import type { Motion } from './motion.ts';
import { IMPULSES } from './press.ts';
import { RESPONSE } from './row.ts';

export class ConjugateDirection {
  /** [contacts, IMPULSES] impulses before the latest sweep, and the direction. */
  #impulses = new Float64Array(0);
  #direction = new Float64Array(0);
  /** [bodies, 6] velocities before the latest two sweeps, and what they change by along the direction. */
  #before = new Float64Array(0);
  #earlier = new Float64Array(0);
  #turn = new Float64Array(0);
  /** Square of the latest gradient in the norm of the energy, J; 0 at first. */
  #square = 0;

  begin(contacts: readonly ContactPoint[], press: number, motion: Motion): void {
    if (this.#impulses.length < IMPULSES * contacts.length) {
      this.#impulses = new Float64Array(2 * IMPULSES * contacts.length);
      this.#direction = new Float64Array(2 * IMPULSES * contacts.length);
    }
    if (this.#before.length < motion.v.length) {
      this.#before = new Float64Array(motion.v.length);
      this.#earlier = new Float64Array(motion.v.length);
      this.#turn = new Float64Array(motion.v.length);
    }
    this.#square = 0;
    for (let i = 0; i < contacts.length; i++) {
      const { numbers, at } = contacts[i]!;
      for (let k = 0; k < IMPULSES; k++) this.#impulses[IMPULSES * i + k] = numbers[at + press + k]!;
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
  follow(contacts: readonly ContactPoint[], press: number, motion: Motion): void {
    const square = this.#gradient(contacts, press);
    // It begins anew where the gradient grows.
    const share = square < this.#square ? square / this.#square : 0;
    this.#square = square;
    const impulses = this.#impulses;
    const direction = this.#direction;
    for (let i = 0; i < contacts.length; i++) {
      const { numbers, at, ofBalls } = contacts[i]!;
      const k = IMPULSES * i;
      const p = at + press;
      const s = share > 0 ? share * direction[k]! : 0;
      const s1 = share > 0 ? share * direction[k + 1]! : 0;
      const s2 = share > 0 ? share * direction[k + 2]! : 0;
      direction[k] = s + numbers[p]! - impulses[k]!;
      direction[k + 1] = s1 + numbers[p + 1]! - impulses[k + 1]!;
      direction[k + 2] = s2 + numbers[p + 2]! - impulses[k + 2]!;
      impulses[k] = numbers[p]! += s;
      impulses[k + 1] = numbers[p + 1]! += s1;
      impulses[k + 2] = numbers[p + 2]! += s2;
      // Only friction of balls has three axes.
      if (!ofBalls) continue;
      const s3 = share > 0 ? share * direction[k + 3]! : 0;
      direction[k + 3] = s3 + numbers[p + 3]! - impulses[k + 3]!;
      impulses[k + 3] = numbers[p + 3]! += s3;
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

  #gradient(contacts: readonly ContactPoint[], press: number): number {
    const impulses = this.#impulses;
    let square = 0;
    for (let i = 0; i < contacts.length; i++) {
      const { numbers, at, tangentResponse } = contacts[i]!;
      const k = IMPULSES * i;
      const p = at + press;
      const d = numbers[p]! - impulses[k]!;
      const d1 = numbers[p + 1]! - impulses[k + 1]!;
      const d2 = numbers[p + 2]! - impulses[k + 2]!;
      const d3 = numbers[p + 3]! - impulses[k + 3]!;
      square += d * d * numbers[at + RESPONSE]! + (d1 * d1 + d2 * d2 + d3 * d3) * tangentResponse;
    }
    return square;
  }
}
