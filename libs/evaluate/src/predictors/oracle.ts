import { createRenderer } from '@orrery/render';
import { appearances } from '@orrery/scene';
import { frameBytes, type Predictor } from './predictor.ts';

/** What a model would show that knew physics perfectly: the ceiling of the renderer and of the measurements. */
export const oracle: Predictor = {
  name: 'oracle',
  description:
    'Oracle state plus renderer: is told the true state of each frame and draws it. The ceiling of all measurements: what it misses in pictures is the renderer’s rounding, what it misses in positions the parser’s.',
  contextFrames: 1,
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const { scene, width, height, future } = context;
      if (!future) throw new Error('oracle: a context without its future; give the true states to draw');
      const bytes = frameBytes(context);
      const n = scene.bodies.length;
      const renderer = createRenderer(scene, { width, height });
      const frames = new Uint8Array(steps * bytes);
      for (let step = 0; step < steps; step++) {
        const poses = {
          position: future.position.subarray(3 * n * step, 3 * n * (step + 1)),
          quaternion: future.quaternion.subarray(4 * n * step, 4 * n * (step + 1)),
          appearances: appearances(scene, future.frame + step),
        };
        frames.set(renderer.render(poses).rgb, step * bytes);
      }
      return frames;
    });
  },
};
