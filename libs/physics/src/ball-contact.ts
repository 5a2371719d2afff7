/**
 * Contacts of balls with each other and with what is static. Their normals go through the balls' centres, so friction
 * turns them and the normal force does not, and they yield to friction alike in each direction: one number says how far.
 * Friction is a vector in the world here, and there are no tangents.
 */
import type { RigidBody } from './body.ts';
import type { ContactPoint } from './manifold.ts';
import type { Motion } from './motion.ts';
import { FRICTION, NORMAL, TARGET, type Press } from './press.ts';
import { RESPONSE, ROW } from './row.ts';

/**
 * Behind the numbers of the normal: distances from the centres to the point, m; inverse masses, 1/kg; angular velocities
 * that a unit of friction gives; inverse of the response to it, kg. All of A, then of B.
 */
const ARM_A = ROW;
const ARM_B = ROW + 1;
const MASS_A = ROW + 2;
const MASS_B = ROW + 3;
const TURN_A = ROW + 4;
const TURN_B = ROW + 5;
const YIELD = ROW + 6;

/** Whether a contact of these bodies is one of balls. Belts and joints have tangents. */
export const isOfBalls = (a: RigidBody, b: RigidBody): boolean =>
  (a.isBall || a.mass === 0) &&
  (b.isBall || b.mass === 0) &&
  a.surfaceVelocity.isZero() &&
  b.surfaceVelocity.isZero() &&
  !a.island &&
  !b.island;

/** @param contact with its bodies and its gap; `x`, `y`, `z` is the normal */
export function setBalls(contact: ContactPoint, x: number, y: number, z: number): void {
  const { a, b, gap, numbers: c, at } = contact;
  c[at] = x;
  c[at + 1] = y;
  c[at + 2] = z;
  for (let k = at + 3; k < at + RESPONSE; k++) c[k] = 0;
  const { invMass: m } = a;
  const { invMass: n } = b;
  const armA = a.shape.kind === 'sphere' ? a.shape.radius + gap / 2 : 0;
  const armB = b.shape.kind === 'sphere' ? b.shape.radius + gap / 2 : 0;
  const turnA = armA * a.inverseInertia[0]!;
  const turnB = armB * b.inverseInertia[0]!;
  c[at + RESPONSE] = m + n;
  c[at + ARM_A] = armA;
  c[at + ARM_B] = armB;
  c[at + MASS_A] = m;
  c[at + MASS_B] = n;
  c[at + TURN_A] = turnA;
  c[at + TURN_B] = turnB;
  contact.tangentResponse = m + n + armA * turnA + armB * turnB;
  c[at + YIELD] = 1 / contact.tangentResponse;
  contact.belt1 = contact.belt2 = 0;
  contact.normal.reaction = undefined;
}

/**
 * A contact's turn, as in turn.ts.
 * @param press where the numbers begin that it changes
 * @returns the largest change of a relative velocity, m/s
 */
export function takeTurnOfBalls(
  { a, b, numbers: c, at, friction }: ContactPoint,
  press: number,
  { v }: Motion,
  relaxation: number,
): number {
  const i = 6 * a.index;
  const j = 6 * b.index;
  const nx = c[at]!;
  const ny = c[at + 1]!;
  const nz = c[at + 2]!;
  const armA = c[at + ARM_A]!;
  const armB = c[at + ARM_B]!;
  const dx = v[j]! - v[i]!;
  const dy = v[j + 1]! - v[i + 1]!;
  const dz = v[j + 2]! - v[i + 2]!;
  const approach = nx * dx + ny * dy + nz * dz;
  const response = c[at + RESPONSE]!;
  const before = c[press + NORMAL]!;
  const impulse = Math.max(before - (relaxation * (approach - c[press + TARGET]!)) / response, 0);
  const step = impulse - before;
  const p1 = c[press + FRICTION]!;
  const p2 = c[press + FRICTION + 1]!;
  const p3 = c[press + FRICTION + 2]!;
  // Nothing presses, as before.
  if (impulse === 0 && before === 0 && p1 === 0 && p2 === 0 && p3 === 0) return 0;
  const wx = armA * v[i + 3]! + armB * v[j + 3]!;
  const wy = armA * v[i + 4]! + armB * v[j + 4]!;
  const wz = armA * v[i + 5]! + armB * v[j + 5]!;
  const share = relaxation * c[at + YIELD]!;
  // Against the slip: the relative velocity across the normal, and what spins add to it at the point.
  let f1 = p1 - share * (dx - approach * nx + ny * wz - nz * wy);
  let f2 = p2 - share * (dy - approach * ny + nz * wx - nx * wz);
  let f3 = p3 - share * (dz - approach * nz + nx * wy - ny * wx);
  const limit = friction * impulse;
  const square = f1 * f1 + f2 * f2 + f3 * f3;
  if (square > limit * limit) {
    const part = limit / Math.sqrt(square);
    f1 *= part;
    f2 *= part;
    f3 *= part;
  }
  c[press + NORMAL] = impulse;
  c[press + FRICTION] = f1;
  c[press + FRICTION + 1] = f2;
  c[press + FRICTION + 2] = f3;
  const s1 = f1 - p1;
  const s2 = f2 - p2;
  const s3 = f3 - p3;
  const x = step * nx + s1;
  const y = step * ny + s2;
  const z = step * nz + s3;
  const tx = ny * s3 - nz * s2;
  const ty = nz * s1 - nx * s3;
  const tz = nx * s2 - ny * s1;
  const m = c[at + MASS_A]!;
  const n = c[at + MASS_B]!;
  const turnA = c[at + TURN_A]!;
  const turnB = c[at + TURN_B]!;
  v[i] -= m * x;
  v[i + 1] -= m * y;
  v[i + 2] -= m * z;
  v[i + 3] -= turnA * tx;
  v[i + 4] -= turnA * ty;
  v[i + 5] -= turnA * tz;
  v[j] += n * x;
  v[j + 1] += n * y;
  v[j + 2] += n * z;
  v[j + 3] -= turnB * tx;
  v[j + 4] -= turnB * ty;
  v[j + 5] -= turnB * tz;
  return Math.max(Math.abs(step) * response, (Math.abs(s1) + Math.abs(s2) + Math.abs(s3)) / share);
}

/** Gives the bodies the friction of `press`. */
export function pushBalls({ a, b, numbers: c, at }: ContactPoint, { p1: x, p2: y, p3: z }: Press): void {
  const { velocity: va, angularVelocity: wa } = a;
  const { velocity: vb, angularVelocity: wb } = b;
  const m = c[at + MASS_A]!;
  const n = c[at + MASS_B]!;
  const turnA = c[at + TURN_A]!;
  const turnB = c[at + TURN_B]!;
  const tx = c[at + 1]! * z - c[at + 2]! * y;
  const ty = c[at + 2]! * x - c[at]! * z;
  const tz = c[at]! * y - c[at + 1]! * x;
  va.set(va.x - m * x, va.y - m * y, va.z - m * z);
  vb.set(vb.x + n * x, vb.y + n * y, vb.z + n * z);
  wa.set(wa.x - turnA * tx, wa.y - turnA * ty, wa.z - turnA * tz);
  wb.set(wb.x - turnB * tx, wb.y - turnB * ty, wb.z - turnB * tz);
}
