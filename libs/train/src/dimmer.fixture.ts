/** For tests: a lamp that a knob dims, as a dataset in memory, and a model of one parameter that may learn what the knob does. */
import { add, mean, mul, reshape, square, sub, take, type Tensor } from '@orrery/graph';
import type { Clip, Manifest } from '@orrery/dataset';
import type { FrameFamily } from '@orrery/models';
import { zeros } from '@orrery/nn';
import { key, foldIn, uniform } from '@orrery/random';
import { z } from 'zod';
import type { TrainingData } from './clips.ts';
import { movingSquares } from './moving-squares.fixture.ts';

const FRAMES = 8;
/** How much brighter, of 255, an action of 1 makes the next frame. */
export const EFFECT = 20;

/** [FRAMES] of an episode; 0 in the last frame, as in datasets. */
export function knob(episode: number): Float32Array {
  return uniform(foldIn(key(5), episode), FRAMES, -1, 1).with(FRAMES - 1, 0);
}

/** [FRAMES] of an episode, one byte a frame */
export function brightness(episode: number): number[] {
  let value = 128;
  return [...knob(episode)].map((action) => {
    const now = value;
    value += EFFECT * action;
    return Math.round(now);
  });
}

const manifest: Manifest = {
  ...movingSquares.manifest,
  spec: { ...movingSquares.manifest.spec, name: 'lamp', frames: FRAMES, width: 1, height: 1 },
  actions: [{ name: 'knob', kind: 'force', unit: 'N', limit: 1 }],
};

export const lamp = {
  manifest,
  frames: FRAMES,
  async readClip({ episode, start, length }: Clip, arrays: readonly string[]) {
    const rgb = Uint8Array.from(brightness(episode).flatMap((value) => [value, value, value]));
    return {
      rgb: rgb.slice(3 * start, 3 * (start + length)),
      ...(arrays.includes('action') && { action: knob(episode).subarray(start, start + length) }),
    };
  },
} as unknown as TrainingData;

/** [B, T, C, 1, 1] -> [B, C] */
const frameAt = (frames: Tensor, t: number): Tensor => reshape(take(frames, t, 1), [frames.shape[0], 3]);

/**
 * The next frame is the last plus gain times the action. Frames that it trains on are blurred by noise, and so are those
 * that it imagines, by `grain`.
 */
export const dimmer = (grain = 0): FrameFamily => ({
  name: 'dimmer',
  description: 'one parameter: what an action of 1 does',
  config: z.strictObject({}),
  sees: 'frames',
  build: () => ({
    contextFrames: 2,
    clipFrames: 4,
    parameters: { gain: { shape: [1], initialiser: zeros } },
    noise: {
      loss: { blur: { shape: [3, 3], distribution: 'normal' } },
      step: { grain: { shape: [3], distribution: 'uniform' } },
    },
    loss({ gain }, { frames, actions }, _purpose, noise) {
      const errors = [0, 1, 2].map((t) => {
        const seen = add(frameAt(frames, t), mul(take(noise!.blur, t, 1), 0.02));
        const next = add(seen, mul(gain, take(actions!, t, 1)));
        return mean(square(sub(next, frameAt(frames, t + 1))));
      });
      return { loss: errors.reduce(add), metrics: {} };
    },
    encode: (_parameters, { frames, actions }) => ({
      last: add(frameAt(frames, 1), mul(take(actions!, 1, 1), 100)),
    }),
    step({ gain }, { last }, action, noise) {
      const next = add(last, add(mul(gain, action!), mul(noise!.grain, grain)));
      return { state: { last: next }, frame: reshape(next, [next.shape[0], 3, 1, 1]) };
    },
  }),
});
