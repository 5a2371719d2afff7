import type { Dataset } from '@orrery/dataset';
import { describe, expect, test } from 'vitest';
import { actionSensitivity, sensitivityFigures } from './action-sensitivity.ts';
import { arenaScene } from './arena.fixture.ts';
import { copyLast } from './predictors/copy-last.ts';
import { frameBytes, recentFrame, type Predictor } from './predictors/predictor.ts';

/** One pixel that grows by 5 times the action each frame; the action of episode e is e + 1, in every frame. */
const FRAMES = 8;
const dataset = (actuators = 1): Dataset =>
  ({
    manifest: {
      spec: { name: 'ramp', width: 1, height: 1 },
      actions: Array.from({ length: actuators }, () => ({ name: 'up', kind: 'force', unit: 'N', limit: 1 })),
      splits: { train: { start: 0, count: 1 }, test: { start: 1, count: 3 }, lone: { start: 1, count: 1 } },
    },
    frames: FRAMES,
    arrays: ['rgb', 'position', 'quaternion', 'action'],
    readScene: async () => arenaScene(0),
    readClip: async ({ episode, start, length }: { episode: number; start: number; length: number }) => ({
      rgb: Uint8Array.from({ length: 3 * length }, (_, i) => 5 * (episode + 1) * (start + Math.floor(i / 3))),
      position: new Float32Array(3 * length),
      quaternion: new Float32Array(4 * length),
      action: new Float32Array(length).fill(episode + 1),
    }),
  }) as unknown as Dataset;

/** Adds 5 times the action, from the last context frame on. */
const obedient: Predictor = {
  ...{ name: 'obedient', description: 'told the law', contextFrames: 2 },
  async predict(contexts, steps) {
    return contexts.map((context) => {
      const frames = new Uint8Array(steps * frameBytes(context));
      let value = recentFrame(context)[0];
      for (let k = 0; k < steps; k++) {
        value += 5 * context.actions![context.count - 1 + k];
        frames.fill(value, 3 * k, 3 * k + 3);
      }
      return { frames };
    });
  },
};
const options = { dataset: dataset(), split: 'test', horizon: 2, episodes: 8, batch: 2, seed: 0 };

describe('action sensitivity', () => {
  test('of one that knows what actions do: the error that false ones make', async () => {
    const { mean, standardError, episodes } = await actionSensitivity({ ...options, predictor: obedient });
    // True actions 2, 3, 4; another episode's 3, 4, 2: errors of 5 d and 10 d after one and two frames.
    const truth = 10 * Math.log10(255 ** 2 * 12);
    const expected = [1, 1, 2].map(
      (d) => truth - 10 * Math.log10(255 ** 2 / (((5 * d) ** 2 + (10 * d) ** 2) / 2)),
    );
    expected.forEach((value, i) => expect(episodes[i]).toBeCloseTo(value, 10));
    const average = (2 * expected[0] + expected[2]) / 3;
    expect(mean).toBeCloseTo(average, 10);
    // Of 0, 0, 20 log10(2): variance over n - 1 is 20 log10(2)^2 / 3.
    expect(standardError).toBeCloseTo((20 * Math.log10(2)) / 3, 10);
  });

  test('of one that does not look at actions: nothing', async () => {
    const result = await actionSensitivity({ ...options, predictor: { ...copyLast, contextFrames: 2 } });
    expect(result).toEqual({ mean: 0, standardError: 0, episodes: [0, 0, 0] });
  });

  test('holds where it is above two standard errors', () => {
    const figures = (mean: number) => sensitivityFigures({ mean, standardError: 0.25, episodes: [] });
    expect(figures(0.6).map(({ value, holds }) => [value, holds])).toEqual([
      [0.6, true],
      [0.25, true],
    ]);
    expect(figures(0.6)[0].bound).toBe('> 0.500');
    expect(figures(0.5)[0].holds).toBe(false);
  });

  test('without actions, or another episode, there is none', async () => {
    await expect(actionSensitivity({ ...options, dataset: dataset(0), predictor: obedient })).rejects.toThrow(
      'dataset "ramp": no actions; sensitivity to actions needs',
    );
    await expect(actionSensitivity({ ...options, split: 'lone', predictor: obedient })).rejects.toThrow(
      'dataset "ramp": 1 episode in "lone"',
    );
  });
});
