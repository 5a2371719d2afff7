/** One direction of a contact: how an impulse along it changes two bodies, and their relative velocity along it. */
import type { Island, RigidBody } from './body.ts';

/** What a unit impulse along a row does to all bodies that joints tie to its two (joints/reaction.ts). */
export interface Reaction {
  readonly bodies: readonly RigidBody[];
  /** [bodies, 6] velocity and angular velocity */
  readonly change: Float64Array;
  /** The impulses of the joints that come with it. */
  readonly ties: readonly { readonly island: Island; readonly impulses: Float64Array }[];
}

/** How many numbers a row has. */
export const ROW = 16;
/** Where the response is among them. */
export const RESPONSE = 15;

/**
 * A row of the contact Jacobian. `d` is a unit vector; positive velocity parts B from A, and a positive impulse pushes
 * B along d and A against it.
 */
export class Row {
  /**
   * From `at` on: d; r x d of A and of B, which is what their angular velocities contribute; I⁻¹ (r x d) of A and of B,
   * the angular velocities that a unit impulse gives; the response. Side by side, for the sweeps (sweeps.ts).
   */
  readonly #numbers: Float64Array;
  readonly #at: number;
  /** Where joints pass its impulses on. */
  reaction: Reaction | undefined = undefined;

  constructor(numbers: Float64Array = new Float64Array(ROW), at = 0) {
    this.#numbers = numbers;
    this.#at = at;
  }

  get dx(): number {
    return this.#numbers[this.#at]!;
  }

  get dy(): number {
    return this.#numbers[this.#at + 1]!;
  }

  get dz(): number {
    return this.#numbers[this.#at + 2]!;
  }

  /** Relative velocity that a unit impulse gives, 1/kg; 0 where neither body can move along d. */
  get response(): number {
    return this.#numbers[this.#at + RESPONSE]!;
  }

  set response(response: number) {
    this.#numbers[this.#at + RESPONSE] = response;
  }

  /** @param onA, onB points in the world, m, on the line through each body along which the impulse acts */
  set(a: RigidBody, onA: Point, b: RigidBody, onB: Point, d: Point): this {
    const c = this.#numbers;
    const at = this.#at;
    const { x, y, z } = d;
    const rax = onA.x - a.position.x;
    const ray = onA.y - a.position.y;
    const raz = onA.z - a.position.z;
    const rbx = onB.x - b.position.x;
    const rby = onB.y - b.position.y;
    const rbz = onB.z - b.position.z;
    c[at] = x;
    c[at + 1] = y;
    c[at + 2] = z;
    c[at + 3] = ray * z - raz * y;
    c[at + 4] = raz * x - rax * z;
    c[at + 5] = rax * y - ray * x;
    c[at + 6] = rby * z - rbz * y;
    c[at + 7] = rbz * x - rbx * z;
    c[at + 8] = rbx * y - rby * x;
    return this.#respond(a, b);
  }

  /** A row about the axis `d` instead: velocities are rad/s, impulses N m s. */
  setAngular(a: RigidBody, b: RigidBody, { x, y, z }: Point): this {
    this.#numbers.set([0, 0, 0, x, y, z, x, y, z], this.#at);
    return this.#respond(a, b);
  }

  #respond(a: RigidBody, b: RigidBody): this {
    this.reaction = undefined;
    turnOf(a, this.#numbers, this.#at + 3, this.#at + 9);
    turnOf(b, this.#numbers, this.#at + 6, this.#at + 12);
    this.response = this.coupling(a, b, this);
    return this;
  }

  /** Relative velocity along `other` that a unit impulse along this row gives. */
  coupling({ inverseMass: m }: RigidBody, { inverseMass: n }: RigidBody, other: Row): number {
    const c = this.#numbers;
    const i = this.#at;
    const e = other.#numbers;
    const j = other.#at;
    return (
      c[i]! * e[j]! * (m.x + n.x) +
      c[i + 1]! * e[j + 1]! * (m.y + n.y) +
      c[i + 2]! * e[j + 2]! * (m.z + n.z) +
      (c[i + 3]! * e[j + 9]! + c[i + 4]! * e[j + 10]! + c[i + 5]! * e[j + 11]!) +
      (c[i + 6]! * e[j + 12]! + c[i + 7]! * e[j + 13]! + c[i + 8]! * e[j + 14]!)
    );
  }

  /** Relative velocity along d, m/s, where the bodies move with linear velocities `va`, `vb` and angular `wa`, `wb`. */
  velocity(va: Point, wa: Point, vb: Point, wb: Point): number {
    const c = this.#numbers;
    const at = this.#at;
    return (
      c[at]! * (vb.x - va.x) +
      c[at + 1]! * (vb.y - va.y) +
      c[at + 2]! * (vb.z - va.z) +
      (c[at + 6]! * wb.x + c[at + 7]! * wb.y + c[at + 8]! * wb.z) -
      (c[at + 3]! * wa.x + c[at + 4]! * wa.y + c[at + 5]! * wa.z)
    );
  }

  /**
   * Adds to the velocities what the impulse `p` (N s) along d gives; with a reaction, to the velocities of all bodies that
   * it moves.
   */
  push(p: number, a: RigidBody, va: Point, wa: Point, b: RigidBody, vb: Point, wb: Point): void {
    if (this.reaction) return react(this.reaction, p);
    const c = this.#numbers;
    const at = this.#at;
    const m = a.inverseMass;
    const n = b.inverseMass;
    const x = p * c[at]!;
    const y = p * c[at + 1]!;
    const z = p * c[at + 2]!;
    va.x -= x * m.x;
    va.y -= y * m.y;
    va.z -= z * m.z;
    wa.x -= p * c[at + 9]!;
    wa.y -= p * c[at + 10]!;
    wa.z -= p * c[at + 11]!;
    vb.x += x * n.x;
    vb.y += y * n.y;
    vb.z += z * n.z;
    wb.x += p * c[at + 12]!;
    wb.y += p * c[at + 13]!;
    wb.z += p * c[at + 14]!;
  }

  /** Adds the impulse `p` along d to what the bodies are given at the end of the step. */
  addMomentum(p: number, a: RigidBody, b: RigidBody): void {
    const c = this.#numbers;
    const at = this.#at;
    const [f, t, g, u] = [a.endImpulse, a.endTorque, b.endImpulse, b.endTorque];
    f.set(f.x - p * c[at]!, f.y - p * c[at + 1]!, f.z - p * c[at + 2]!);
    t.set(t.x - p * c[at + 3]!, t.y - p * c[at + 4]!, t.z - p * c[at + 5]!);
    g.set(g.x + p * c[at]!, g.y + p * c[at + 1]!, g.z + p * c[at + 2]!);
    u.set(u.x + p * c[at + 6]!, u.y + p * c[at + 7]!, u.z + p * c[at + 8]!);
  }
}

/** Writes I⁻¹ times the vector that `numbers` has from `from` on to `to` on. */
function turnOf(
  { mass, inverseInertia: j }: RigidBody,
  numbers: Float64Array,
  from: number,
  to: number,
): void {
  if (mass === 0) {
    numbers[to] = numbers[to + 1] = numbers[to + 2] = 0;
    return;
  }
  const x = numbers[from]!;
  const y = numbers[from + 1]!;
  const z = numbers[from + 2]!;
  numbers[to] = j[0]! * x + j[1]! * y + j[2]! * z;
  numbers[to + 1] = j[3]! * x + j[4]! * y + j[5]! * z;
  numbers[to + 2] = j[6]! * x + j[7]! * y + j[8]! * z;
}

function react({ bodies, change, ties }: Reaction, p: number): void {
  for (let i = 0; i < bodies.length; i++) {
    addShare(bodies[i]!.velocity, change, 6 * i, p);
    addShare(bodies[i]!.angularVelocity, change, 6 * i + 3, p);
  }
  for (const { island, impulses } of ties) island.addImpulses(impulses, p);
}

export function addShare(v: Point, change: Float64Array, at: number, p: number): void {
  v.x += p * change[at]!;
  v.y += p * change[at + 1]!;
  v.z += p * change[at + 2]!;
}

export interface Point {
  x: number;
  y: number;
  z: number;
}
