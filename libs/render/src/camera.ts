/**
 * Cameras: between world, camera and pixel coordinates.
 *
 * Camera coordinates are metres: x to the right, y up, z along the viewing direction (so that z is the depth).
 * Pixel coordinates start at the picture's top left corner; the centre of pixel (i, j) is (i + 0.5, j + 0.5).
 */
import { cosine, sine } from '@orrery/numerics';
import type { Camera, Vec3 } from '@orrery/scene';

/** A camera with a picture size: everything a ray needs. */
export interface View {
  readonly perspective: boolean;
  readonly width: number;
  readonly height: number;
  /** World position of the camera, m. */
  readonly position: Vec3;
  /** Unit vectors of the camera's axes in the world. */
  readonly right: Vec3;
  readonly up: Vec3;
  readonly forward: Vec3;
  /** Side of a pixel: in m (orthographic), or in m at depth 1 m (perspective). */
  readonly pixel: number;
}

/** A point as a picture shows it. */
export interface Projection {
  /** Pixels from the left border. */
  readonly x: number;
  /** Pixels from the upper border. */
  readonly y: number;
  /** m along the viewing direction; not positive for what lies behind the camera */
  readonly depth: number;
}

/** @throws where the camera looks at itself, along its own up direction, or the picture has no whole size */
export function createView(camera: Camera, width: number, height: number): View {
  for (const [name, size] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!Number.isInteger(size) || size < 1 || size > 8192) {
      throw new Error(`picture ${name} "${size}": not a whole number from 1 to 8192; choose such a size`);
    }
  }
  const forward = unit(subtract(camera.target, camera.position));
  if (forward === undefined) {
    throw new Error(`camera target "${camera.target}": the same as its position; move one of them`);
  }
  const right = unit(cross(forward, camera.up));
  if (right === undefined) {
    throw new Error(`camera up "${camera.up}": along the viewing direction; choose another direction`);
  }
  const perspective = camera.kind === 'perspective';
  const half = perspective ? (camera.fieldOfView * Math.PI) / 360 : 0;
  const extent = perspective ? (2 * sine(half)) / cosine(half) : camera.height;
  return {
    ...{ perspective, width, height, forward, right },
    position: [...camera.position],
    up: cross(right, forward),
    pixel: extent / height,
  };
}

/**
 * Where a picture shows a world point.
 * @param point m, world coordinates
 */
export function project(camera: Camera, width: number, height: number, point: Vec3): Projection {
  const view = createView(camera, width, height);
  const offset = subtract(point, view.position);
  const depth = dot(offset, view.forward);
  const scale = view.pixel * (view.perspective ? depth : 1);
  return {
    x: width / 2 + dot(offset, view.right) / scale,
    y: height / 2 - dot(offset, view.up) / scale,
    depth,
  };
}

/**
 * The world point that a picture shows at a place and depth; the inverse of `project`.
 * @param x pixels from the left border
 * @param y pixels from the upper border
 * @param depth m along the viewing direction
 * @returns m, world coordinates
 */
export function unproject(
  camera: Camera,
  width: number,
  height: number,
  x: number,
  y: number,
  depth: number,
): Vec3 {
  const view = createView(camera, width, height);
  const scale = view.pixel * (view.perspective ? depth : 1);
  const a = (x - width / 2) * scale;
  const b = (height / 2 - y) * scale;
  const { position, right, up, forward } = view;
  return [
    position[0] + a * right[0] + b * up[0] + depth * forward[0],
    position[1] + a * right[1] + b * up[1] + depth * forward[1],
    position[2] + a * right[2] + b * up[2] + depth * forward[2],
  ];
}

function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The vector at length 1; undefined where it has (almost) none. */
export function unit(a: Vec3): Vec3 | undefined {
  const length = Math.sqrt(dot(a, a));
  return length > 1e-12 ? [a[0] / length, a[1] / length, a[2] / length] : undefined;
}
