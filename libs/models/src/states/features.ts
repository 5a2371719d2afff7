/** States as a network takes them in: numbers of the order of 1. */
import { concat, mul, sliceAxis, sub, type Tensor } from '@orrery/graph';
import { BODY_SIZE, bodyPart, MOTION, motionPart } from './layout.ts';
import { matrixOf } from './rotation.ts';
import { normalised, type StateStatistics } from './statistics.ts';

/** Numbers that `motionFeatures` gives of a body. */
export const MOTION_FEATURES = 18;
export const BODY_FEATURES = BODY_SIZE;

/**
 * Position, velocity and spin, normalised, and the rotation matrix, which is 0 for spheres: they look the same from all
 * sides.
 * @param motion [..., N, 13]
 * @param bodies [..., N, 12], broadcasts to it
 * @returns [..., N, 18]
 */
export function motionFeatures(motion: Tensor, bodies: Tensor, { motion: spread }: StateStatistics): Tensor {
  const scaled = (name: 'position' | 'velocity' | 'spin') =>
    normalised(motionPart(motion, name), spread, MOTION[name][0]);
  const turns = sub(1, sliceAxis(bodyPart(bodies, 'kind'), -1, 0, 1));
  const matrix = mul(matrixOf(motionPart(motion, 'orientation')), turns);
  return concat([scaled('position'), scaled('velocity'), scaled('spin'), matrix], -1);
}

/** @param bodies [..., N, 12]; @returns [..., N, 12] */
export function bodyFeatures(bodies: Tensor, { bodies: spread }: StateStatistics): Tensor {
  return normalised(bodies, spread);
}
