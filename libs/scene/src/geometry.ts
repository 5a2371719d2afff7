/** The few vector operations that a scene needs before there is an engine: rotation, and how far two bodies are apart. */
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

/** The unit quaternion that turns by `angle` (rad) about `axis` (any length but 0). */
export function axisAngle(axis: Vec3, angle: number): Quaternion {
  const s = sine(angle / 2) / length(axis);
  return [axis[0] * s, axis[1] * s, axis[2] * s, cosine(angle / 2)];
}

/** The outward normal of a plane body. */
export const planeNormal = (plane: Body): Vec3 => rotate(plane.quaternion, [0, 0, 1]);

/**
 * Signed distance between two bodies, m: negative where they overlap; Infinity for two planes.
 * Exact for spheres with anything and for boxes with planes; for two boxes the largest separation over the 15 axes of
 * the separating-axis theorem (Gottschalk et al., "OBBTree", 1996), which is exact in sign.
 */
export function distance(a: Body, b: Body): number {
  if (a.shape.kind === 'plane') return b.shape.kind === 'plane' ? Infinity : aboveThePlane(b, a);
  if (b.shape.kind === 'plane') return aboveThePlane(a, b);
  if (a.shape.kind === 'sphere') {
    if (b.shape.kind === 'box') return outsideTheBox(a.position, b) - a.shape.radius;
    return length(subtract(a.position, b.position)) - a.shape.radius - b.shape.radius;
  }
  if (b.shape.kind === 'sphere') return outsideTheBox(b.position, a) - b.shape.radius;
  return betweenBoxes(a, b);
}

function aboveThePlane(body: Body, plane: Body): number {
  const normal = planeNormal(plane);
  return dot(normal, subtract(body.position, plane.position)) - extent(body, normal);
}

/** How far `body` reaches from its centre along the unit vector `axis`. */
function extent(body: Body, axis: Vec3): number {
  if (body.shape.kind === 'sphere') return body.shape.radius;
  return edges(body).reduce((sum, edge) => sum + Math.abs(dot(axis, edge)), 0);
}

/** The half-edges of a box in the world. */
function edges(body: Body): [Vec3, Vec3, Vec3] {
  if (body.shape.kind !== 'box') throw new Error(`body "${body.name}": has no edges; only boxes do`);
  const [x, y, z] = body.shape.halfExtents;
  return [
    rotate(body.quaternion, [x, 0, 0]),
    rotate(body.quaternion, [0, y, 0]),
    rotate(body.quaternion, [0, 0, z]),
  ];
}

/** Distance from a point to the surface of a box, negative inside. */
function outsideTheBox(point: Vec3, box: Body): number {
  if (box.shape.kind !== 'box') throw new Error(`body "${box.name}": is not a box`);
  const half = box.shape.halfExtents;
  const q = rotateInverse(box.quaternion, subtract(point, box.position)).map(
    (c, i) => Math.abs(c) - half[i]!,
  ) as Vec3;
  const outside = length(q.map((c) => Math.max(c, 0)) as Vec3);
  return outside + Math.min(Math.max(...q), 0);
}

function betweenBoxes(a: Body, b: Body): number {
  const [ea, eb] = [edges(a), edges(b)];
  const offset = subtract(b.position, a.position);
  const axes = [...ea, ...eb, ...ea.flatMap((u) => eb.map((v) => cross(u, v)))];
  let largest = -Infinity;
  for (const axis of axes) {
    const size = length(axis);
    if (size < 1e-12) continue; // parallel edges: a face normal covers them
    const unit = scale(axis, 1 / size);
    largest = Math.max(largest, Math.abs(dot(unit, offset)) - extent(a, unit) - extent(b, unit));
  }
  return largest;
}
