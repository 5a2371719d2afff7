/** Hinges: five rows, an angle, and what acts along it: motors, limits, torques. */
import type { Joint } from '@orrery/scene';
import { arctangent2 } from '@orrery/numerics';
import * as cannon from 'cannon-es';
import type { RigidBody } from '../body.ts';
import type { Drive } from '../drive.ts';
import { Row } from '../row.ts';
import { createPoint, unit, type Constraint } from './constraint.ts';
import { throughJoints } from './reaction.ts';

export interface Hinge extends Constraint {
  /** rad, counted on over full turns. */
  readonly angle: number;
  /** How far it has turned in the step that ends now, rad. */
  readonly turned: number;
  /** Unit vector in the world. */
  readonly axis: cannon.Vec3;
}

export function createHinge(a: RigidBody, b: RigidBody, joint: Extract<Joint, { kind: 'hinge' }>): Hinge {
  const point = createPoint(a, b, joint);
  const localAxis = unit(joint.axis);
  const backToZero = new cannon.Quaternion(...joint.reference).conjugate();
  const axisInB = backToZero.vmult(localAxis);
  const [u, v] = [new cannon.Vec3(), new cannon.Vec3()];
  localAxis.tangents(u, v);
  const [row1, row2] = [new Row(), new Row()];
  const [axis, ofB, across, turn] = Array.from({ length: 4 }, () => new cannon.Vec3()) as [
    ...[cannon.Vec3, cannon.Vec3, cannon.Vec3, cannon.Vec3],
  ];
  const relative = new cannon.Quaternion();
  let [angle, turned] = [NaN, 0];

  function measure(): void {
    a.quaternion.conjugate(relative);
    relative.mult(b.quaternion, relative);
    relative.mult(backToZero, relative);
    const now = 2 * arctangent2(localAxis.dot(turn.set(relative.x, relative.y, relative.z)), relative.w);
    if (Number.isNaN(angle)) {
      // Within half a turn of 0 at the start.
      angle = now - 2 * Math.PI * Math.round(now / (2 * Math.PI));
      return;
    }
    const on = now - angle;
    turned = on - 2 * Math.PI * Math.round(on / (2 * Math.PI));
    angle += turned;
  }

  return {
    ...{ name: joint.name, a, b, axis, rows: [...point.rows, row1, row2] },
    get angle() {
      return angle;
    },
    get turned() {
      return turned;
    },
    place() {
      point.place();
      a.quaternion.vmult(localAxis, axis);
      b.quaternion.vmult(axisInB, ofB);
      // d/dt (u · b) = (wB - wA) · (b x u), for u across the axis in A and b the axis in B.
      [u, v].forEach((local, i) => {
        a.quaternion.vmult(local, across);
        ofB.cross(across, across);
        (i === 0 ? row1 : row2).setAngular(a, b, across);
      });
      measure();
    },
    errors(out, offset) {
      point.errors(out, offset);
      b.endQuaternion.vmult(axisInB, ofB);
      a.endQuaternion.vmult(u, across);
      out[offset + 3] = across.dot(ofB);
      a.endQuaternion.vmult(v, across);
      out[offset + 4] = across.dot(ofB);
    },
  };
}

export interface Motor extends Drive {
  /** rad/s, and the torque that it does not exceed, N m. */
  speed: number;
  maxTorque: number;
}

/** Turns B against A at a speed as far as its torque suffices. */
export function createMotor(hinge: Hinge, speed: number, maxTorque: number): Motor {
  const { a, b } = hinge;
  const row = new Row();
  return {
    ...{
      a,
      b,
      row,
      speed,
      maxTorque,
      target: 0,
      low: 0,
      high: 0,
      impulse: 0,
      force: 0,
      lost: 0,
      halved: true,
    },
    prepare(dt) {
      throughJoints(row.setAngular(a, b, hinge.axis), a, b);
      this.target = this.speed + this.lost;
      this.high = this.maxTorque * dt;
      this.low = -this.high;
    },
    travel: () => hinge.turned,
    end(dt) {
      const half = (this.force * dt) / 2;
      row.setAngular(a, b, hinge.axis);
      row.push(half, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
    },
  };
}

/** A stop at `angle` on the way in the direction of `sign`: the hinge comes as far as that and no further. */
export function createLimit(hinge: Hinge, angle: number, sign: 1 | -1): Drive {
  const { a, b } = hinge;
  const row = new Row();
  const inward = new cannon.Vec3();
  return {
    ...{ a, b, row, target: 0, low: 0, high: Infinity, impulse: 0, force: 0, lost: 0, halved: true },
    prepare(dt) {
      throughJoints(row.setAngular(a, b, hinge.axis.scale(-sign, inward)), a, b);
      const gap = sign * (angle - hinge.angle);
      const start = row.velocity(
        a.startVelocity,
        a.startAngularVelocity,
        b.startVelocity,
        b.startAngularVelocity,
      );
      // The mean velocity closes the gap; `stop` then takes what is left of the approach.
      this.target = (-2 * gap) / dt - start;
    },
    travel: () => 0,
    stop() {
      if (this.force === 0) return 0;
      throughJoints(row.setAngular(a, b, hinge.axis.scale(-sign, inward)), a, b);
      const approach = row.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
      if (approach >= 0 || row.response === 0) return 0;
      row.push(-approach / row.response, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
      return -approach;
    },
  };
}
