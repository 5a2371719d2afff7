import { frameBytes, recentFrame, type Predictor } from './predictor.ts';

export const linear: Predictor = {
  name: 'linear',
  description:
    'Linear extrapolation of each pixel: frame t+k is x(t) + k (x(t) − x(t−1)), clipped to black and white.',
  contextFrames: 2,
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const bytes = frameBytes(context);
      const last = recentFrame(context);
      const before = recentFrame(context, 1);
      // Uint8ClampedArray clips; the values are integers already.
      const frames = new Uint8ClampedArray(steps * bytes);
      for (let step = 1; step <= steps; step++)
        for (let i = 0; i < bytes; i++)
          frames[(step - 1) * bytes + i] = last[i] + step * (last[i] - before[i]);
      return { frames: new Uint8Array(frames.buffer) };
    });
  },
};
