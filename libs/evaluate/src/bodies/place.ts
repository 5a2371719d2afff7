/** From the picture back into the world: where a body is whose silhouette's centre is seen at a pixel. */
import { project, unproject } from '@orrery/render';
import type { Body, Scene, Vec3 } from '@orrery/scene';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Sine of the least angle at which the plane of motion may be looked at. */
const EDGE_ON = 0.1;

/**
 * A picture does not tell depth, so a body is placed on its plane of motion: the one it is held to by its
 * `linearFactor`, else the plane through its first position that faces the camera.
 */
export interface Placing {
  readonly scene: Scene;
  readonly size: PictureSize;
  readonly body: Body;
  readonly normal: Vec3;
}

export function placing(scene: Scene, index: number, size: PictureSize): Placing {
  const body = scene.bodies[index];
  const { position, target } = scene.camera;
  const forward = unit(subtract(target, position));
  const axes: Vec3[] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const held = axes
    .filter((_, axis) => body.linearFactor[axis] === 0)
    .toSorted((a, b) => Math.abs(dot(b, forward)) - Math.abs(dot(a, forward)))[0];
  const normal = held && Math.abs(dot(held, forward)) > EDGE_ON ? held : forward;
  return { scene, size, body, normal };
}

/**
 * The centre of the body whose silhouette has its centroid at pixel (x, y).
 * @returns m, on the body's plane of motion
 */
export function placeAt(where: Placing, x: number, y: number): Vec3 {
  const point = onPlane(where, x, y);
  const { scene, size, body } = where;
  if (scene.camera.kind === 'orthographic' || body.shape.kind !== 'sphere') return point;
  // In perspective a sphere is seen as an ellipse whose centre lies further out than the sphere's: in units of depth
  // d, by d² / (d² - r²). (The tangent cone x² + y² + z² - (x·c)² / (c² - r²) = 0, cut at z = 1.)
  const { depth } = project(scene.camera, size.width, size.height, point);
  const shrink = 1 - (body.shape.radius / depth) ** 2;
  const [cx, cy] = [size.width / 2, size.height / 2];
  return onPlane(where, cx + (x - cx) * shrink, cy + (y - cy) * shrink);
}

/** The point of the plane of motion that the camera sees where it sees `point`: `point` itself if it lies there. */
export function asSeen(where: Placing, point: Vec3): Vec3 {
  const { x, y } = project(where.scene.camera, where.size.width, where.size.height, point);
  return onPlane(where, x, y);
}

/** Pixels to a metre at the body's first position. */
export function pixelsPerMetre({ scene, size, body }: Placing): number {
  const { camera } = scene;
  const { x, y, depth } = project(camera, size.width, size.height, body.position);
  const here = unproject(camera, size.width, size.height, x, y, depth);
  const beside = unproject(camera, size.width, size.height, x + 1, y, depth);
  return 1 / Math.hypot(...subtract(beside, here));
}

/** Radius of a disc of the body's silhouette's area, m. For boxes and capsules the mean over all views: Cauchy, a quarter of the surface. */
export function silhouetteRadius({ shape }: Body): number {
  if (shape.kind === 'sphere') return shape.radius;
  if (shape.kind === 'plane') return Infinity;
  if (shape.kind === 'capsule') return Math.sqrt(shape.radius * (shape.radius + shape.halfLength));
  const [a, b, c] = shape.halfExtents;
  return Math.sqrt((2 * (a * b + b * c + c * a)) / Math.PI);
}

/** How far the body reaches from its centre, m. */
export function reachOf({ shape }: Body): number {
  if (shape.kind === 'sphere') return shape.radius;
  if (shape.kind === 'capsule') return shape.radius + shape.halfLength;
  return shape.kind === 'plane' ? Infinity : Math.hypot(...shape.halfExtents);
}

function onPlane({ scene, size, body, normal }: Placing, x: number, y: number): Vec3 {
  // Two points of the pixel's ray, whatever the camera's kind.
  const near = unproject(scene.camera, size.width, size.height, x, y, 1);
  const along = subtract(unproject(scene.camera, size.width, size.height, x, y, 2), near);
  const t = dot(normal, subtract(body.position, near)) / dot(normal, along);
  return [near[0] + t * along[0], near[1] + t * along[1], near[2] + t * along[2]];
}

function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function unit(a: Vec3): Vec3 {
  const length = Math.hypot(...a);
  return [a[0] / length, a[1] / length, a[2] / length];
}
