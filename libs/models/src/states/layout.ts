/** How states are laid out: the 13 numbers of a body's motion, and the 12 that say what it is. All in SI units. */
import { sliceAxis, type Tensor } from '@orrery/graph';

/** Spans of the last axis of motion [..., N, 13]. */
export const MOTION = {
  /** m, of the centre */
  position: [0, 3],
  /** unit quaternion x, y, z, w */
  orientation: [3, 7],
  /** m/s, of the centre */
  velocity: [7, 10],
  /** rad/s, about the world's axes */
  spin: [10, 13],
} as const;
export const MOTION_SIZE = 13;

export const shapeKinds = ['sphere', 'box', 'capsule', 'plane'] as const;

/** Spans of the last axis of bodies [..., N, 12]. */
export const BODY = {
  /** 1 for the body's kind in the order of `shapeKinds`, else 0 */
  kind: [0, 4],
  /** m, as the datasets' `size`: half extents, the radius three times, 0 for planes */
  size: [4, 7],
  /** kg; 0 for what never moves */
  mass: [7, 8],
  restitution: [8, 9],
  friction: [9, 10],
  /** C */
  charge: [10, 11],
  /** 1 where others can touch it, 0 for markers and for bodies that a scene lacks */
  collides: [11, 12],
} as const;
export const BODY_SIZE = 12;

/** [..., 13] -> [..., its span] */
export function motionPart(motion: Tensor, name: keyof typeof MOTION): Tensor {
  const [from, to] = MOTION[name];
  return sliceAxis(motion, -1, from, to);
}

/** [..., 12] -> [..., its span] */
export function bodyPart(bodies: Tensor, name: keyof typeof BODY): Tensor {
  const [from, to] = BODY[name];
  return sliceAxis(bodies, -1, from, to);
}
