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

/**
 * A row of the contact Jacobian. `d` is a unit vector; positive velocity parts B from A, and a positive impulse pushes
 * B along d and A against it.
 */
export class Row {
  dx = 0;
  dy = 0;
  dz = 0;
  /** r x d of each body: what its angular velocity contributes. */
  ax = 0;
  ay = 0;
  az = 0;
  bx = 0;
  by = 0;
  bz = 0;
  /** I⁻¹ (r x d) of each body: the angular velocity that a unit impulse gives. */
  wax = 0;
  way = 0;
  waz = 0;
  wbx = 0;
  wby = 0;
  wbz = 0;
  /** Relative velocity that a unit impulse gives, 1/kg; 0 where neither body can move along d. */
  response = 0;
  /** Where joints pass its impulses on. */
  reaction: Reaction | undefined = undefined;

  /** @param onA, onB points in the world, m, on the line through each body along which the impulse acts */
  set(a: RigidBody, onA: Point, b: RigidBody, onB: Point, d: Point): this {
    this.dx = d.x;
    this.dy = d.y;
    this.dz = d.z;
    const [rax, ray, raz] = [onA.x - a.position.x, onA.y - a.position.y, onA.z - a.position.z];
    const [rbx, rby, rbz] = [onB.x - b.position.x, onB.y - b.position.y, onB.z - b.position.z];
    this.ax = ray * d.z - raz * d.y;
    this.ay = raz * d.x - rax * d.z;
    this.az = rax * d.y - ray * d.x;
    this.bx = rby * d.z - rbz * d.y;
    this.by = rbz * d.x - rbx * d.z;
    this.bz = rbx * d.y - rby * d.x;
    return this.#respond(a, b);
  }

  /** A row about the axis `d` instead: velocities are rad/s, impulses N m s. */
  setAngular(a: RigidBody, b: RigidBody, d: Point): this {
    this.dx = this.dy = this.dz = 0;
    this.ax = this.bx = d.x;
    this.ay = this.by = d.y;
    this.az = this.bz = d.z;
    return this.#respond(a, b);
  }

  #respond(a: RigidBody, b: RigidBody): this {
    this.reaction = undefined;
    const [i, j] = [a.inverseInertia, b.inverseInertia];
    this.wax = i[0]! * this.ax + i[1]! * this.ay + i[2]! * this.az;
    this.way = i[3]! * this.ax + i[4]! * this.ay + i[5]! * this.az;
    this.waz = i[6]! * this.ax + i[7]! * this.ay + i[8]! * this.az;
    this.wbx = j[0]! * this.bx + j[1]! * this.by + j[2]! * this.bz;
    this.wby = j[3]! * this.bx + j[4]! * this.by + j[5]! * this.bz;
    this.wbz = j[6]! * this.bx + j[7]! * this.by + j[8]! * this.bz;
    this.response = this.coupling(a, b, this);
    return this;
  }

  /** Relative velocity along `other` that a unit impulse along this row gives. */
  coupling(a: RigidBody, b: RigidBody, other: Row): number {
    const [m, n] = [a.inverseMass, b.inverseMass];
    return (
      this.dx * other.dx * (m.x + n.x) +
      this.dy * other.dy * (m.y + n.y) +
      this.dz * other.dz * (m.z + n.z) +
      (this.ax * other.wax + this.ay * other.way + this.az * other.waz) +
      (this.bx * other.wbx + this.by * other.wby + this.bz * other.wbz)
    );
  }

  /** Relative velocity along d, m/s, where the bodies move with linear velocities `va`, `vb` and angular `wa`, `wb`. */
  velocity(va: Point, wa: Point, vb: Point, wb: Point): number {
    return (
      this.dx * (vb.x - va.x) +
      this.dy * (vb.y - va.y) +
      this.dz * (vb.z - va.z) +
      (this.bx * wb.x + this.by * wb.y + this.bz * wb.z) -
      (this.ax * wa.x + this.ay * wa.y + this.az * wa.z)
    );
  }

  /**
   * Adds to the velocities what the impulse `p` (N s) along d gives; with a reaction, to the velocities of all bodies that
   * it moves.
   */
  push(p: number, a: RigidBody, va: Point, wa: Point, b: RigidBody, vb: Point, wb: Point): void {
    if (this.reaction) return react(this.reaction, p);
    const [m, n] = [a.inverseMass, b.inverseMass];
    va.x -= p * this.dx * m.x;
    va.y -= p * this.dy * m.y;
    va.z -= p * this.dz * m.z;
    wa.x -= p * this.wax;
    wa.y -= p * this.way;
    wa.z -= p * this.waz;
    vb.x += p * this.dx * n.x;
    vb.y += p * this.dy * n.y;
    vb.z += p * this.dz * n.z;
    wb.x += p * this.wbx;
    wb.y += p * this.wby;
    wb.z += p * this.wbz;
  }

  /** Adds the impulse `p` along d to what the bodies are given at the end of the step. */
  addMomentum(p: number, a: RigidBody, b: RigidBody): void {
    const [f, t, g, u] = [a.endImpulse, a.endTorque, b.endImpulse, b.endTorque];
    f.set(f.x - p * this.dx, f.y - p * this.dy, f.z - p * this.dz);
    t.set(t.x - p * this.ax, t.y - p * this.ay, t.z - p * this.az);
    g.set(g.x + p * this.dx, g.y + p * this.dy, g.z + p * this.dz);
    u.set(u.x + p * this.bx, u.y + p * this.by, u.z + p * this.bz);
  }
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
