/** What a model of states is compared with: predictors that are told the true states of the context. */
import { evaluate, input } from '@orrery/graph';
import { coasted, MOTION_SIZE } from '@orrery/models';
import { ofMotion } from './draw.ts';
import type { Context, Predictor, SeenStates } from './predictor.ts';

/** @throws where the context comes without states */
export function statesOf({ states }: Context): SeenStates {
  if (states) return states;
  throw new Error('context: without states; evaluate on a dataset that records velocities');
}

/** [N, 13]: the newest frame of a context. */
export function newestMotion(context: Context): Float32Array {
  const { motion } = statesOf(context);
  return motion.subarray(motion.length - motion.length / context.count);
}

export const copyLastState: Predictor = {
  name: 'copy-last',
  description: 'Leaves every body where the last context frame has it.',
  contextFrames: 1,
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const last = newestMotion(context);
      const motion = new Float32Array(steps * last.length);
      for (let step = 0; step < steps; step++) motion.set(last, step * last.length);
      return ofMotion(context, motion, steps);
    });
  },
};

export const linearState: Predictor = {
  name: 'linear',
  description:
    'Linear extrapolation of states: every body goes on, and turns on, at the velocity and spin of the last context frame.',
  contextFrames: 1,
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const last = newestMotion(context);
      const now = input('now', [last.length / MOTION_SIZE, MOTION_SIZE], 'f64');
      const motion = new Float32Array(steps * last.length);
      let reached: Float64Array = Float64Array.from(last);
      for (let step = 0; step < steps; step++) {
        [reached] = evaluate([coasted(now, context.scene.dt)], { now: reached }) as [Float64Array];
        motion.set(reached, step * last.length);
      }
      return ofMotion(context, motion, steps);
    });
  },
};
