/** States as pictures, and as the places that metrics read. */
import { createRenderer } from '@orrery/render';
import { appearances } from '@orrery/scene';
import { MOTION, MOTION_SIZE } from '@orrery/models';
import { frameBytes, type Context, type Prediction } from './predictor.ts';

interface Poses {
  /** [S, N, 3] m */
  readonly position: Float32Array;
  /** [S, N, 4] x, y, z, w */
  readonly quaternion: Float32Array;
}

/**
 * @param frameOf the frame of the episode by whose appearances a step is drawn
 * @returns [steps, H, W, 3] u8
 */
export function drawPoses(
  context: Context,
  { position, quaternion }: Poses,
  steps: number,
  frameOf: (step: number) => number,
): Uint8Array {
  const { scene, width, height } = context;
  const bytes = frameBytes(context);
  const n = scene.bodies.length;
  const renderer = createRenderer(scene, { width, height });
  const frames = new Uint8Array(steps * bytes);
  for (let step = 0; step < steps; step++) {
    const poses = {
      position: position.subarray(3 * n * step, 3 * n * (step + 1)),
      quaternion: quaternion.subarray(4 * n * step, 4 * n * (step + 1)),
      appearances: appearances(scene, frameOf(step)),
    };
    frames.set(renderer.render(poses).rgb, step * bytes);
  }
  return frames;
}

/**
 * What a predictor of states says of a context. Bodies look as they did in the last frame that was given.
 * @param motion [steps, N, 13]
 */
export function ofMotion(context: Context, motion: Float32Array, steps: number): Prediction {
  const part = (name: 'position' | 'orientation'): Float32Array => {
    const [from, to] = MOTION[name];
    const rows = motion.length / MOTION_SIZE;
    const values = new Float32Array(rows * (to - from));
    for (let row = 0; row < rows; row++)
      values.set(motion.subarray(row * MOTION_SIZE + from, row * MOTION_SIZE + to), row * (to - from));
    return values;
  };
  const [position, quaternion] = [part('position'), part('orientation')];
  const last = (context.future?.frame ?? context.count) - 1;
  return { frames: drawPoses(context, { position, quaternion }, steps, () => last), position };
}
