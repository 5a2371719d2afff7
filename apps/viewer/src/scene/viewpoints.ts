/** Where the 3D pane looks from. Pure functions; z is up. */
import { planeNormal, type Camera, type Scene, type Shape, type Vec3 } from '@orrery/scene';
import type { Viewpoint } from '../view.ts';

/** An axis-aligned box in metres. */
export interface Bounds {
  readonly min: Vec3;
  readonly max: Vec3;
}

/** A camera that has been placed. */
export interface Placement {
  readonly position: Vec3;
  readonly target: Vec3;
  readonly up: Vec3;
  readonly projection:
    | { readonly kind: 'perspective'; /** vertical, degrees */ readonly fieldOfView: number }
    | { readonly kind: 'orthographic'; /** m */ readonly height: number };
}

/** m; a plane has none. */
export function boundingRadius(shape: Shape): number {
  if (shape.kind === 'sphere') return shape.radius;
  if (shape.kind === 'capsule') return shape.radius + shape.halfLength;
  return shape.kind === 'box' ? Math.hypot(...shape.halfExtents) : 0;
}

/**
 * The box that all bodies but planes stay in, cut by the planes that face along an axis: the arena, if there is one.
 * @param position [T, N, 3] m
 */
export function sceneBounds(scene: Scene, position: ArrayLike<number>): Bounds {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  const count = scene.bodies.length;
  for (let i = 0; i < position.length; i += 3) {
    const { shape } = scene.bodies[(i / 3) % count];
    if (shape.kind === 'plane') continue;
    const radius = boundingRadius(shape);
    for (let axis = 0; axis < 3; axis++) {
      min[axis] = Math.min(min[axis], position[i + axis] - radius);
      max[axis] = Math.max(max[axis], position[i + axis] + radius);
    }
  }
  if (!min.every(Number.isFinite) || !max.every(Number.isFinite))
    return { min: [-1, -1, -1], max: [1, 1, 1] };
  for (const body of scene.bodies) {
    if (body.shape.kind !== 'plane') continue;
    const normal = planeNormal(body);
    const axis = normal.findIndex((component) => Math.abs(component) > 0.999);
    if (axis < 0) continue;
    // A wall near the bodies is the arena's, one that is far away would only make them small.
    const at = body.position[axis];
    const reach = 2 * (Math.max(...max) - Math.min(...min));
    if (normal[axis] > 0 && at < max[axis] && min[axis] - at < reach) min[axis] = at;
    if (normal[axis] < 0 && at > min[axis] && at - max[axis] < reach) max[axis] = at;
  }
  return { min: [min[0], min[1], min[2]], max: [max[0], max[1], max[2]] };
}

const fieldOfView = 28;

/** The directions from which the presets look at the middle of the scene. */
const directions: Readonly<Record<Exclude<Viewpoint, 'camera'>, Vec3>> = {
  corner: [0.42, -1, 0.34],
  front: [0, -1, 0],
  side: [1, 0, 0],
  // Not quite from above, so that +y stays at the top of the picture.
  top: [0, -1e-3, 1],
};

/** @param aspect width over height of the pane */
export function placeCamera(view: Viewpoint, bounds: Bounds, camera: Camera, aspect: number): Placement {
  if (view === 'camera') {
    const { position, target, up } = camera;
    return camera.kind === 'orthographic'
      ? // Frames are square and the pane may be narrow: all of the frame stays in sight.
        {
          position,
          target,
          up,
          projection: { kind: 'orthographic', height: camera.height / Math.min(1, aspect) },
        }
      : { position, target, up, projection: { kind: 'perspective', fieldOfView: camera.fieldOfView } };
  }
  const target = [0, 1, 2].map((axis) => (bounds.min[axis] + bounds.max[axis]) / 2) as unknown as Vec3;
  const direction = directions[view];
  const length = Math.hypot(...direction);
  const distance = fittingDistance(bounds, direction, aspect);
  return {
    position: target.map((value, axis) => value + (direction[axis] / length) * distance) as unknown as Vec3,
    target,
    up: [0, 0, 1],
    projection: { kind: 'perspective', fieldOfView },
  };
}

/** How far away a camera must be for every corner of the box to be in sight, with a margin. */
function fittingDistance({ min, max }: Bounds, direction: Vec3, aspect: number): number {
  const length = Math.hypot(...direction);
  const back = direction.map((component) => component / length) as unknown as Vec3;
  const right = normalize(cross([0, 0, 1], back));
  const up = cross(back, right);
  const half = [0, 1, 2].map((axis) => (max[axis] - min[axis]) / 2);
  const slope = Math.tan((fieldOfView * Math.PI) / 360);
  let distance = 0;
  for (const signs of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const corner = half.map((value, axis) => (signs & (1 << axis) ? value : -value)) as unknown as Vec3;
    const depth = dot(corner, back);
    const needed = Math.max(
      Math.abs(dot(corner, up)) / slope,
      Math.abs(dot(corner, right)) / (slope * aspect),
    );
    distance = Math.max(distance, depth + needed);
  }
  return 1.06 * distance;
}

const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function normalize(a: Vec3): Vec3 {
  const length = Math.hypot(...a) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
}
