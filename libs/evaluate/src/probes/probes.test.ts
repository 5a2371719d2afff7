import { key, normal } from '@orrery/random';
import { describe, expect, test } from 'vitest';
import { arenaDataset } from '../arena.fixture.ts';
import { composeProbes } from '../scorecard/probes.ts';
import { createBodyParser } from '../bodies/parse.ts';
import { recentFrame, type Context } from '../predictors/predictor.ts';
import { measureProbes, type Encode } from './probes.ts';

const dataset = arenaDataset({ frames: 40, test: 6 });
const options = { dataset, context: 2, split: 'test', episodes: 6, samples: 60, batch: 7 };
const r2 = async (encode: Encode) => {
  const scored = composeProbes(await measureProbes({ ...options, encode }), { draws: 20, seed: 0 });
  return Object.fromEntries(scored!.rows.map(({ quantity, r2: found }) => [quantity, Number(found.value)]));
};

/** Where a parser finds the balls in the newest frame of a context: x, y, z of each. */
const parsed = (context: Context): number[] => [
  ...createBodyParser(context.scene, context).parse(recentFrame(context)).positions,
];

describe('what probes read of a state', () => {
  test('all that is a linear map of it, whatever the units and however many numbers are beside it', async () => {
    const linear: Encode = async (contexts) =>
      contexts.map((context, i) => {
        const [x0, , z0, x1, , z1] = parsed(context);
        const beside = normal(key(contexts.length * 7 + i), 30).map((value) => 1e-3 * value);
        return Float32Array.from([3 * x0 - z1 + 7, 100 * (x0 + z0), x1 - x0, z0 - 2 * z1, ...beside]);
      });
    const found = await r2(linear);
    expect(found['position']).toBeGreaterThan(0.95);
  });

  test('nothing where the state has nothing to do with it', async () => {
    const noise: Encode = async (contexts) =>
      contexts.map(({ frames }, i) => Float32Array.from(normal(key(frames.length + 31 * i), 8)));
    const found = await r2(noise);
    expect(found['position']).toBeLessThan(0.2);
  });

  test('a quantity that no context tells apart is left out', async () => {
    const found = await r2(async (contexts) => contexts.map((context) => Float32Array.from(parsed(context))));
    // The arena records no velocities, and its balls have one colour.
    expect(Object.keys(found).filter((name) => name !== 'mass')).toEqual(['position']);
  });
});
