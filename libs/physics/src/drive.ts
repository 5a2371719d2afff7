/** Drives: what pushes towards a velocity as far as its force suffices. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { throughJoints } from './joints/reaction.ts';
import { Row } from './row.ts';

/** A row whose impulse is bounded: servos now act along a direction, motors about an axis. */
export interface Drive {
  readonly a: RigidBody;
  readonly b: RigidBody;
  readonly row: Row;
  /** Relative velocity along the row at the end of the step, m/s or rad/s. */
  target: number;
  /** What of the velocity the previous step lost at its end, m/s or rad/s. */
  lost: number;
  /** Bounds of the impulse of the step, N s or N m s. */
  low: number;
  high: number;
  /** Impulse of the step under way, N s or N m s. */
  impulse: number;
  /** Mean force or torque of the latest step, N or N m. */
  force: number;
  /** Sets row, target and bounds for a step of `dt` s from where the bodies are. */
  prepare(dt: number): void;
  /** Whether half of the impulse acts at the end of the step, where `end` or `stop` gives it. */
  readonly halved: boolean;
  /** How far the bodies have moved along the row in the step that ends now, m or rad. */
  travel(): number;
  /** Gives the half of a step of `dt` s that acts at its end. */
  end?(dt: number): void;
  /** Ends what is left of an approach. @returns the change of the relative velocity */
  stop?(): number;
}

/** Starts a drive's impulse from the force of the previous step. */
export function warmStartDrive(drive: Drive, dt: number): void {
  drive.prepare(dt);
  const { a, b, row, low, high } = drive;
  drive.impulse = Math.min(Math.max(drive.force * dt, low), high);
  row.push(drive.impulse, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
}

/**
 * Takes note of how far the velocity at the end of the step is from its target, where the force sufficed: the joints have
 * changed it as they turned, and the next step aims so much higher.
 */
export function compensate(drive: Drive): void {
  const { a, b, row, impulse, low, high, target } = drive;
  const sufficed = impulse > low && impulse < high && high < Infinity;
  const reached = row.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
  drive.lost = sufficed ? target - reached : 0;
}

/** One Gauss–Seidel update. @returns the change of the relative velocity, m/s or rad/s */
export function relaxDrive(drive: Drive): number {
  const { a, b, row } = drive;
  if (row.response === 0) return 0;
  const velocity = row.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
  const wanted = drive.impulse + (drive.target - velocity) / row.response;
  const impulse = Math.min(Math.max(wanted, drive.low), drive.high);
  const step = impulse - drive.impulse;
  if (step !== 0) row.push(step, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
  drive.impulse = impulse;
  return Math.abs(step) * row.response;
}

export interface Servo extends Drive {
  /** m/s along the direction. */
  speed: number;
}

/** Drives the centre of `body` along a unit vector of the world at `speed`, which is 0 at first. */
export function createServo(
  ground: RigidBody,
  body: RigidBody,
  direction: cannon.Vec3,
  maxForce: number,
): Servo {
  const moved = new cannon.Vec3();
  return {
    ...{ a: ground, b: body, row: new Row() },
    ...{ speed: 0, target: 0, low: 0, high: 0, impulse: 0, force: 0, lost: 0, halved: false },
    prepare(dt) {
      throughJoints(this.row.set(ground, body.position, body, body.position, direction), ground, body);
      this.target = this.speed + this.lost;
      this.high = maxForce * dt;
      this.low = -this.high;
    },
    travel() {
      body.position.vsub(body.previousPosition, moved);
      return direction.dot(moved);
    },
  };
}
