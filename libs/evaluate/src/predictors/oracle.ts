import { drawPoses } from './draw.ts';
import type { Predictor } from './predictor.ts';

/** What a model would show that knew physics perfectly: the ceiling of the renderer and of the measurements. */
export const oracle: Predictor = {
  name: 'oracle',
  description:
    'Oracle state plus renderer: is told the true state of each frame and draws it. The ceiling of all measurements: what it misses in pictures is the renderer’s rounding, what it misses in positions the parser’s.',
  contextFrames: 1,
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const { future } = context;
      if (!future) throw new Error('oracle: a context without its future; give the true states to draw');
      const looks = (step: number) => future.frame + step;
      const { position, quaternion } = future;
      return { frames: drawPoses(context, { position, quaternion }, steps, looks) };
    });
  },
};

/** The oracle where positions are told by states: it tells them too. */
export const stateOracle: Predictor = {
  ...oracle,
  description:
    'Oracle state plus renderer: is told the true state of each frame and draws it. The ceiling of all measurements: what it misses in pictures is the renderer’s rounding.',
  async predict(contexts, steps) {
    const drawn = await oracle.predict(contexts, steps);
    return drawn.map(({ frames }, i) => {
      const { scene, future } = contexts[i];
      return { frames, position: future!.position.subarray(0, 3 * scene.bodies.length * steps) };
    });
  },
};
