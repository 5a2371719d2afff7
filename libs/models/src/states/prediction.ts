/** What normalised changes [B, M, 12] of the moving bodies, as a network says them, make of their motion, and how wrong they are. */
import {
  cast,
  constant,
  div,
  greater,
  maximum,
  mul,
  reduceSum,
  square,
  sub,
  type Tensor,
} from '@orrery/graph';
import type { StateWorld } from '../family.ts';
import { changeBetween, changed } from './change.ts';
import { bodyPart } from './layout.ts';
import { picked, replaced } from './moving.ts';
import { denormalised, normalised } from './statistics.ts';

/** [..., M, 1]: 1 for each of the moving bodies that moves in this episode, 0 for one that it lacks. */
export function presence(bodies: Tensor, moving: readonly number[]): Tensor {
  return cast(greater(bodyPart(picked(bodies, moving), 'mass'), 0), bodies.dtype);
}

/**
 * The motion a frame later; bodies that do not move stay where they are.
 * @param motion [B, N, 13]
 * @param said [B, M, 12]
 * @param bodies [B, N, 12]
 * @returns [B, N, 13]
 */
export function motionAfter(world: StateWorld, motion: Tensor, said: Tensor, bodies: Tensor): Tensor {
  const { moving, dt, statistics } = world;
  const change = mul(denormalised(said, statistics.change), presence(bodies, moving));
  return replaced(motion, moving, changed(picked(motion, moving), change, dt));
}

/**
 * Mean squared error of normalised changes, over the components that differ at all and the bodies that are there.
 * @param truth the motion [B, N, 13] that should come of `motion`
 * @returns []
 */
export function changeError(
  world: StateWorld,
  { motion, said, bodies, truth }: Readonly<Record<'motion' | 'said' | 'bodies' | 'truth', Tensor>>,
): Tensor {
  const { moving, dt, statistics } = world;
  const wanted = changeBetween(picked(motion, moving), picked(truth, moving), dt);
  const error = square(sub(said, normalised(wanted, statistics.change)));
  return meanWhere(error, presence(bodies, moving), statistics.change.deviation);
}

/**
 * @param error [..., M, F]
 * @param present [..., M, 1]
 * @param deviation [F]; components of deviation 0 do not count
 * @returns []
 */
export function meanWhere(error: Tensor, present: Tensor, deviation: readonly number[]): Tensor {
  const differs = deviation.map((value) => (value > 0 ? 1 : 0));
  const weights = mul(present, constant(differs, [differs.length], error.dtype));
  // Where nothing counts nothing is wrong: free flight alone, whose changes are always the mean.
  return div(reduceSum(mul(error, weights)), maximum(reduceSum(weights), 1));
}
