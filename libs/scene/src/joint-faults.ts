/** What a joint asks of its two bodies at the start. */
import { arctangent2 } from '@orrery/numerics';
import { add, cross, dot, length, multiply, rotate, rotateInverse, scale, subtract } from './geometry.ts';
import type { Joint } from './joints.ts';
import type { Quaternion, Vec3 } from './quantities.ts';
import type { Body } from './scene.ts';

/** Anchors may be apart (m), axes turned (rad) and their speeds differ (m/s, rad/s) by so much at the start. */
const TOLERANCE = 1e-6;

/** Where a body is and how it moves; the world is at rest at the origin. */
interface Frame {
  readonly position: Vec3;
  readonly quaternion: Quaternion;
  readonly velocity: Vec3;
  readonly angularVelocity: Vec3;
}
const still = [0, 0, 0] as Vec3;
const WORLD: Frame = {
  ...{ position: still, quaternion: [0, 0, 0, 1], velocity: still, angularVelocity: still },
};

/**
 * What is wrong with how a joint's bodies lie and move at the start, and how to mend it, or undefined.
 * @param a undefined for the world
 */
export function jointFault(joint: Joint, a: Body | undefined, b: Body): string | undefined {
  const frame = a ?? WORLD;
  return anchorFault(joint, frame, b) ?? (joint.kind === 'hinge' ? hingeFault(joint, frame, b) : undefined);
}

function anchorFault(joint: Joint, a: Frame, b: Frame): string | undefined {
  const between = subtract(anchor(b, joint.anchorB), anchor(a, joint.anchorA));
  const apart = length(between);
  const wanted = joint.kind === 'distance' ? joint.length : 0;
  if (Math.abs(apart - wanted) > TOLERANCE)
    return (
      `the anchors are ${apart.toPrecision(3)} m apart, not ${wanted} m; ` +
      `move the bodies or "anchorA" and "anchorB"`
    );
  const parting = subtract(anchorVelocity(b, joint.anchorB), anchorVelocity(a, joint.anchorA));
  const speed = joint.kind === 'distance' ? Math.abs(dot(parting, between)) / apart : length(parting);
  return speed > TOLERANCE * (1 + length(b.velocity))
    ? `the anchors part at ${speed.toPrecision(3)} m/s; give both bodies velocities that keep them together`
    : undefined;
}

function hingeFault(joint: Extract<Joint, { kind: 'hinge' }>, a: Frame, b: Frame): string | undefined {
  if (length(joint.axis) === 0) return '"axis" is zero; give the direction of the axis';
  const { reference, limits } = joint;
  if (Math.abs(reference.reduce((sum, c) => sum + c * c, 0) - 1) > 2 * TOLERANCE)
    return `"reference" [${reference.join(', ')}] has not length 1; divide it by its length`;
  const axis = rotate(a.quaternion, scale(joint.axis, 1 / length(joint.axis)));
  const inB = rotate(b.quaternion, rotateInverse(reference, scale(joint.axis, 1 / length(joint.axis))));
  const tilt = length(cross(axis, inB));
  if (tilt > TOLERANCE || dot(axis, inB) < 0)
    return (
      `the axis in A and that in B are not parallel (sine ${tilt.toPrecision(3)}); ` +
      'turn the bodies, "axis" or "reference"'
    );
  const turning = length(cross(axis, subtract(b.angularVelocity, a.angularVelocity)));
  if (turning > TOLERANCE * (1 + length(b.angularVelocity)))
    return (
      `the bodies turn against each other at ${turning.toPrecision(3)} rad/s across the axis; ` +
      'give both angular velocities that differ along it only'
    );
  if (!limits) return undefined;
  if (limits[0] > limits[1]) return `"limits" [${limits.join(', ')}] are no range; give [lowest, highest]`;
  const angle = startAngle(joint, a, b);
  return angle < limits[0] - TOLERANCE || angle > limits[1] + TOLERANCE
    ? `it starts at ${angle.toPrecision(4)} rad, beyond "limits" [${limits.join(', ')}]; widen them or turn B`
    : undefined;
}

/** The angle of a hinge, in (-pi, pi], rad: that of R in qB = qA R reference, about the axis. */
function startAngle(joint: Extract<Joint, { kind: 'hinge' }>, a: Frame, b: Frame): number {
  const turn = multiply(multiply(conjugate(a.quaternion), b.quaternion), conjugate(joint.reference));
  const sine = dot([turn[0], turn[1], turn[2]], joint.axis) / length(joint.axis);
  return turn[3] < 0 ? 2 * arctangent2(-sine, -turn[3]) : 2 * arctangent2(sine, turn[3]);
}

const conjugate = ([x, y, z, w]: Quaternion): Quaternion => [-x, -y, -z, w];

/** A point of a body's frame in the world. */
const anchor = (body: Frame, point: Vec3): Vec3 => add(body.position, rotate(body.quaternion, point));

const anchorVelocity = (body: Frame, point: Vec3): Vec3 =>
  add(body.velocity, cross(body.angularVelocity, rotate(body.quaternion, point)));
