/** The few vector operations that a scene needs before there is an engine. */
import { cosine, sine } from '@orrery/numerics';
import type { Quaternion, Vec3 } from './quantities.ts';
import type { Body } from './scene.ts';

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
/** Euclidean length; square roots are correctly rounded everywhere, which Math.hypot is not. */
export const length = (a: Vec3): number => Math.sqrt(dot(a, a));

/** `v` turned by the unit quaternion `q`: v + 2 w (u x v) + 2 u x (u x v), with q = [u, w]. */
export function rotate(q: Quaternion, v: Vec3): Vec3 {
  const u: Vec3 = [q[0], q[1], q[2]];
  const t = scale(cross(u, v), 2);
  return add(add(v, scale(t, q[3])), cross(u, t));
}

/** `v` turned back by the unit quaternion `q`. */
export const rotateInverse = ([x, y, z, w]: Quaternion, v: Vec3): Vec3 => rotate([-x, -y, -z, w], v);

/** The quaternion that turns by `q` first and then by `p`. */
export function multiply([a, b, c, d]: Quaternion, [x, y, z, w]: Quaternion): Quaternion {
  return [
    d * x + a * w + b * z - c * y,
    d * y - a * z + b * w + c * x,
    d * z + a * y - b * x + c * w,
    d * w - a * x - b * y - c * z,
  ];
}

/** The unit quaternion that turns by `angle` (rad) about `axis` (any length but 0). */
export function axisAngle(axis: Vec3, angle: number): Quaternion {
  const s = sine(angle / 2) / length(axis);
  return [axis[0] * s, axis[1] * s, axis[2] * s, cosine(angle / 2)];
}

/** The outward normal of a plane body. */
export const planeNormal = (plane: Body): Vec3 => rotate(plane.quaternion, [0, 0, 1]);
