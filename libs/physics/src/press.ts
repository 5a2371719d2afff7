/** Impulses of a contact, and the velocity that they aim at. */

/** How many numbers a press has, and how many of them are impulses; which is which. */
export const PRESS = 8;
export const IMPULSES = 4;
export const [NORMAL, FRICTION, TARGET] = [0, 1, IMPULSES] as const;

/** Its numbers lie beside those of the contact's rows, for the sweeps (sweeps.ts). */
export class Press {
  readonly #numbers: Float64Array;
  readonly #at: number;

  constructor(numbers: Float64Array, at: number) {
    this.#numbers = numbers;
    this.#at = at;
  }

  /** N s */
  get normal(): number {
    return this.#numbers[this.#at + NORMAL]!;
  }

  set normal(impulse: number) {
    this.#numbers[this.#at + NORMAL] = impulse;
  }

  /** N s of friction along the first tangent; along the first axis of the world where the contact is one of balls. */
  get p1(): number {
    return this.#numbers[this.#at + FRICTION]!;
  }

  /** N s of friction along the second tangent or axis. */
  get p2(): number {
    return this.#numbers[this.#at + FRICTION + 1]!;
  }

  /** N s of friction along the third axis; 0 where there are tangents. */
  get p3(): number {
    return this.#numbers[this.#at + FRICTION + 2]!;
  }

  setFriction(p1: number, p2: number, p3 = 0): void {
    const at = this.#at + FRICTION;
    this.#numbers[at] = p1;
    this.#numbers[at + 1] = p2;
    this.#numbers[at + 2] = p3;
  }

  /** Relative velocity along the normal that the impulses leave at least, m/s. */
  set target(velocity: number) {
    this.#numbers[this.#at + TARGET] = velocity;
  }

  clear(): void {
    this.normal = 0;
    this.setFriction(0, 0);
  }
}
