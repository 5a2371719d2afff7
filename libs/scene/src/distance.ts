/** How far two bodies are apart, before there is an engine to ask. */
import { add, cross, dot, length, planeNormal, rotate, rotateInverse, scale, subtract } from './geometry.ts';
import type { Vec3 } from './quantities.ts';
import type { Body } from './scene.ts';

/**
 * Signed distance between two bodies, m: negative where they overlap; Infinity for two planes.
 * Exact but for two boxes: there the largest separation over the 15 axes of the separating-axis theorem (Gottschalk et
 * al., "OBBTree", 1996), which is exact in sign.
 */
export function distance(a: Body, b: Body): number {
  if (a.shape.kind === 'plane') return b.shape.kind === 'plane' ? Infinity : aboveThePlane(b, a);
  if (b.shape.kind === 'plane') return aboveThePlane(a, b);
  if (a.shape.kind === 'box' && b.shape.kind === 'box') return betweenBoxes(a, b);
  const [slim, other] = a.shape.kind === 'box' ? [b, a] : [a, b];
  if (slim.shape.kind === 'sphere') return fromPoint(slim.position, other) - slim.shape.radius;
  return fromSegment(slim, other);
}

/** Signed distance from a point to the surface of a body that is no plane. */
function fromPoint(point: Vec3, body: Body): number {
  const { shape } = body;
  if (shape.kind === 'box') return outsideTheBox(point, body);
  if (shape.kind === 'sphere') return length(subtract(point, body.position)) - shape.radius;
  const [half, offset] = [halfAxis(body), subtract(point, body.position)];
  const t = Math.min(Math.max(dot(offset, half) / dot(half, half), -1), 1);
  return length(subtract(offset, scale(half, t))) - (shape.kind === 'capsule' ? shape.radius : 0);
}

/** From a capsule: the distance of its segment's points is a convex function, so thirds of the segment close in on it. */
function fromSegment(capsule: Body, other: Body): number {
  const half = halfAxis(capsule);
  const at = (t: number) => fromPoint(add(capsule.position, scale(half, t)), other);
  let [low, high] = [-1, 1];
  for (let i = 0; i < 80; i++) {
    const third = (high - low) / 3;
    if (at(low + third) <= at(high - third)) high -= third;
    else low += third;
  }
  const radius = capsule.shape.kind === 'capsule' ? capsule.shape.radius : 0;
  return Math.min(at((low + high) / 2), at(-1), at(1)) - radius;
}

/** From the centre of a capsule to the end of its segment. */
const halfAxis = ({ shape, quaternion }: Body): Vec3 =>
  rotate(quaternion, [0, 0, shape.kind === 'capsule' ? shape.halfLength : 0]);

function aboveThePlane(body: Body, plane: Body): number {
  const normal = planeNormal(plane);
  return dot(normal, subtract(body.position, plane.position)) - extent(body, normal);
}

/** How far `body` reaches from its centre along the unit vector `axis`. */
function extent(body: Body, axis: Vec3): number {
  if (body.shape.kind === 'sphere') return body.shape.radius;
  if (body.shape.kind === 'capsule') return body.shape.radius + Math.abs(dot(axis, halfAxis(body)));
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
