/** One direction of a contact: how an impulse along it changes two bodies, and their relative velocity along it. */
import type { RigidBody } from './body.ts';

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

  /** Adds to the velocities what the impulse `p` (N s) along d gives. */
  push(p: number, a: RigidBody, va: Point, wa: Point, b: RigidBody, vb: Point, wb: Point): void {
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
}

export interface Point {
  x: number;
  y: number;
  z: number;
}
