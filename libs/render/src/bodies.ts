/** The bodies of a scene in camera coordinates, as flat arrays that the inner loops read. */
import type { Scene, Shape } from '@orrery/scene';
import { unit, type View } from './camera.ts';
import type { Poses } from './frame.ts';

export const SPHERE = 0;
export const BOX = 1;
export const PLANE = 2;
export const CAPSULE = 3;
const KINDS = { sphere: SPHERE, box: BOX, plane: PLANE, capsule: CAPSULE };

/** N bodies, in the order of `scene.bodies`. What depends on the poses is written by `place`. */
export interface Bodies {
  readonly count: number;
  readonly names: readonly string[];
  /** [N] SPHERE, BOX, PLANE or CAPSULE */
  readonly kind: Uint8Array;
  /** Indices of the visible planes, and of the other visible bodies ("solids"). */
  readonly planes: readonly number[];
  readonly solids: readonly number[];
  /** [N, 3] m: half extents of a box; the radius, three times, of a sphere; radius, radius, half length of a capsule */
  readonly size: Float64Array;
  /** [N] m: radius of the sphere around the centre that holds the body */
  readonly reach: Float64Array;
  /** [N, 2, 3] linear RGB of the body and of its pattern */
  readonly color: Float64Array;
  /** [N] m: side of the checker's squares; 0 without a pattern */
  readonly checker: Float64Array;
  /** [N, 3] m: the origin of the body's frame */
  readonly center: Float64Array;
  /** [N, 3, 3] unit vectors of the body's x, y and z axes */
  readonly axes: Float64Array;
}

/** The scene's light in camera coordinates. */
export interface Light {
  /** Unit vector towards the light. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly intensity: number;
  readonly ambient: number;
  readonly shadows: boolean;
}

/** @throws where the scene has more bodies than an 8-bit segmentation can tell apart */
export function createBodies(scene: Scene): Bodies {
  const count = scene.bodies.length;
  if (count > 255) {
    throw new Error(
      `scene "${scene.name}": ${count} bodies; segmentation tells at most 255 apart, remove some`,
    );
  }
  const bodies: Bodies = {
    count,
    names: scene.bodies.map((body) => body.name),
    kind: new Uint8Array(count),
    planes: visible(scene, (kind) => kind === 'plane'),
    solids: visible(scene, (kind) => kind !== 'plane'),
    size: new Float64Array(3 * count),
    reach: new Float64Array(count),
    color: new Float64Array(6 * count),
    checker: new Float64Array(count),
    center: new Float64Array(3 * count),
    axes: new Float64Array(9 * count),
  };
  scene.bodies.forEach(({ shape, color, pattern }, n) => {
    const [a, b, c] = sizeOf(shape);
    bodies.kind[n] = KINDS[shape.kind];
    bodies.size.set([a, b, c], 3 * n);
    bodies.reach[n] =
      shape.kind === 'sphere' ? a : shape.kind === 'capsule' ? a + c : Math.sqrt(a * a + b * b + c * c);
    bodies.color.set(color, 6 * n);
    bodies.color.set(pattern?.color ?? color, 6 * n + 3);
    bodies.checker[n] = pattern?.size ?? 0;
  });
  return bodies;
}

/** What `Bodies.size` holds of a shape. */
function sizeOf(shape: Shape): readonly [number, number, number] {
  switch (shape.kind) {
    case 'sphere':
      return [shape.radius, shape.radius, shape.radius];
    case 'capsule':
      return [shape.radius, shape.radius, shape.halfLength];
    case 'box':
      return shape.halfExtents;
    case 'plane':
      return [0, 0, 0];
  }
}

function visible(scene: Scene, wanted: (kind: string) => boolean): number[] {
  return [...scene.bodies.keys()].filter(
    (n) => scene.bodies[n].visible && wanted(scene.bodies[n].shape.kind),
  );
}

/** @throws where the light has no direction */
export function createLight(scene: Scene, view: View): Light {
  const direction = unit(scene.light.direction);
  if (direction === undefined) {
    throw new Error(`light direction "${scene.light.direction}": has no length; choose a direction`);
  }
  const towards = (axis: readonly number[]) =>
    -(axis[0] * direction[0] + axis[1] * direction[1] + axis[2] * direction[2]);
  const { intensity, ambient, shadows } = scene.light;
  return {
    ...{ intensity, ambient, shadows },
    ...{ x: towards(view.right), y: towards(view.up), z: towards(view.forward) },
  };
}

/**
 * Writes `center` and `axes` for one frame.
 * @throws where a pose is not finite or a quaternion has no length: no frame shows a simulation that exploded
 */
export function place(bodies: Bodies, view: View, poses: Poses): void {
  const { position, quaternion } = poses;
  const { count, center, axes } = bodies;
  if (position.length !== 3 * count || quaternion.length !== 4 * count) {
    throw new Error(
      `poses: ${position.length} position and ${quaternion.length} quaternion values; ` +
        `${count} bodies need ${3 * count} and ${4 * count}`,
    );
  }
  const { right, up, forward } = view;
  for (let n = 0; n < count; n++) {
    const px = position[3 * n] - view.position[0];
    const py = position[3 * n + 1] - view.position[1];
    const pz = position[3 * n + 2] - view.position[2];
    const x = quaternion[4 * n];
    const y = quaternion[4 * n + 1];
    const z = quaternion[4 * n + 2];
    const w = quaternion[4 * n + 3];
    // Dividing by the squared norm allows for quaternions that drifted from length 1.
    const s = 2 / (x * x + y * y + z * z + w * w);
    if (!(s < Infinity && px - px === 0 && py - py === 0 && pz - pz === 0 && s > 0)) {
      throw new Error(`body "${bodies.names[n]}": its pose is not finite; repair the simulation`);
    }
    for (let k = 0; k < 3; k++) {
      const axis = k === 0 ? right : k === 1 ? up : forward;
      const [ax, ay, az] = axis;
      center[3 * n + k] = px * ax + py * ay + pz * az;
      // Rows of the rotation matrix in the world, seen along the camera's axis.
      axes[9 * n + k] = ax * (1 - s * (y * y + z * z)) + ay * s * (x * y + z * w) + az * s * (x * z - y * w);
      axes[9 * n + 3 + k] =
        ax * s * (x * y - z * w) + ay * (1 - s * (x * x + z * z)) + az * s * (y * z + x * w);
      axes[9 * n + 6 + k] =
        ax * s * (x * z + y * w) + ay * s * (y * z - x * w) + az * (1 - s * (x * x + y * y));
    }
  }
}
