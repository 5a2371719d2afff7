import { frameBytes, recentFrame, type Predictor } from './predictor.ts';

export const copyLast: Predictor = {
  name: 'copy-last',
  description: 'Repeats the last context frame.',
  contextFrames: 1,
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const bytes = frameBytes(context);
      const frames = new Uint8Array(steps * bytes);
      const last = recentFrame(context);
      for (let step = 0; step < steps; step++) frames.set(last, step * bytes);
      return { frames };
    });
  },
};
