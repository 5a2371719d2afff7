/** Models that remember the last frames, as they are: what they imagine with. */
import { concat, expandDims, sliceAxis, type Tensor } from '@orrery/graph';
import type { Parameters, StateModel } from '../family.ts';

/** What a model of states knows before a frame. */
export interface Seen {
  /** [B, C, N, 13], the newest frame last */
  readonly motion: Tensor;
  /** [B, N, 12] */
  readonly bodies: Tensor;
  /** [B, A], which leads from the newest frame to the next; absent where nothing acts */
  readonly action: Tensor | undefined;
}

/** [B, C, ...]: the oldest frame leaves, `next` [B, ...] comes. */
export function shifted(motion: Tensor, next: Tensor): Tensor {
  const newest = expandDims(next, 1);
  return motion.shape[1] === 1 ? newest : concat([sliceAxis(motion, 1, 1), newest], 1);
}

/** @param next the motion [B, N, 13] a frame after what was seen */
export function rememberingFrames(
  next: (parameters: Parameters, seen: Seen) => Tensor,
): Pick<StateModel, 'encode' | 'step'> {
  return {
    encode: (_parameters, { motion, bodies }) => ({ motion, bodies }),
    step(parameters, { motion, bodies }, action) {
      const predicted = next(parameters, { motion, bodies, action });
      return { state: { motion: shifted(motion, predicted), bodies }, motion: predicted };
    },
  };
}
