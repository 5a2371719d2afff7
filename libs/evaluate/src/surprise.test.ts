import { expect, test } from 'vitest';
import { arenaDataset, FRAME_BYTES, JUMP } from './arena.fixture.ts';
import { meanSquaredError } from './metrics/psnr.ts';
import { copyLast } from './predictors/copy-last.ts';
import { oracle } from './predictors/oracle.ts';
import type { Predictor } from './predictors/predictor.ts';
import { accuracyOf, composeSurprise } from './scorecard/surprise.ts';
import { measureSurprise } from './surprise.ts';

const dataset = arenaDataset({ frames: 14, pairs: 3 });
const first = dataset.manifest.splits['pairs-teleport']!.start;
const film = async (episode: number, start: number, length: number) =>
  (await dataset.readClip({ episode, start, length }, ['rgb'])).rgb;

test('from the last frame before the jump, against both films, frame by frame from the jump on', async () => {
  const seen: number[][] = [];
  const spy: Predictor = {
    ...copyLast,
    predict: (contexts, steps) => {
      seen.push(contexts.map(({ count, future }) => count * 100 + future!.frame));
      return copyLast.predict(contexts, steps);
    },
  };
  const [{ violation, pairs, example }] = await measureSurprise({
    ...{ dataset, predictors: [spy], episodes: 2, batch: 4 },
  });
  expect(violation).toBe('teleport');
  expect(seen).toEqual([[100 + JUMP, 100 + JUMP]]);
  expect(pairs['copy-last'].map(({ episode }) => episode)).toEqual([first, first + 2]);
  const last = await film(first, JUMP - 1, 1);
  const copies = Uint8Array.from({ length: (14 - JUMP) * FRAME_BYTES }, (_, i) => last[i % FRAME_BYTES]);
  for (const [name, episode] of [
    ['possible', first],
    ['impossible', first + 1],
  ] as const)
    expect(pairs['copy-last'][0][name]).toBeCloseTo(
      meanSquaredError(copies, await film(episode, JUMP, 14 - JUMP)),
      12,
    );
  expect(example.violated).toBe(1);
  expect(example.impossible).toEqual(await film(first + 1, JUMP - 1, 15 - JUMP));
});

test('who knows the possible film is always right, who knows the impossible one never', async () => {
  const prophet: Predictor = {
    ...oracle,
    name: 'prophet',
    predict: async (contexts, steps) =>
      Promise.all(contexts.map(async (_, i) => ({ frames: await film(first + 2 * i + 1, JUMP, steps) }))),
  };
  const violations = await measureSurprise({
    ...{ dataset, predictors: [oracle, prophet], episodes: 8, batch: 8 },
  });
  const { overall } = composeSurprise(violations, { draws: 20, seed: 0 })!;
  expect(overall.map(({ accuracy }) => accuracy.value)).toEqual([100, 0]);
});

test('a tie is half right; without pairs there is nothing', async () => {
  expect(accuracyOf({ episode: 0, possible: 1, impossible: 1 })).toBe(0.5);
  const without = await measureSurprise({
    ...{ dataset: arenaDataset(), predictors: [copyLast], episodes: 8, batch: 8 },
  });
  expect(composeSurprise(without, { draws: 20, seed: 0 })).toBeNull();
});
