import { describe, expect, test, vi } from 'vitest';
import { arenaDataset, FRAME_BYTES } from './arena.fixture.ts';
import { planClips } from './clips.ts';
import { comparePredictors } from './compare.ts';
import { constantVelocity } from './predictors/constant-velocity.ts';
import { copyLast } from './predictors/copy-last.ts';
import { linear } from './predictors/linear.ts';
import type { Context, Prediction, Predictor } from './predictors/predictor.ts';
import { compose } from './scorecard/compose.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const dataset = arenaDataset();
const request = { split: 'test', context: 2, horizon: 10, longest: 12, episodes: 8, starts: 2 };

/** Knows the answer: finds the context in the dataset and returns what follows. */
const oracle: Predictor = {
  name: 'model',
  description: 'the truth',
  contextFrames: 2,
  predict: (contexts, steps) => Promise.all(contexts.map((context) => whatFollows(context, steps))),
};

async function whatFollows({ frames, scene }: Context, steps: number): Promise<Prediction> {
  for (let episode = 0; episode < dataset.episodes; episode++) {
    if ((await dataset.readScene(episode)) !== scene) continue;
    const { rgb } = await dataset.readClip({ episode, start: 0, length: dataset.frames }, ['rgb']);
    for (let t = 2; t + steps <= dataset.frames; t++)
      if (frames.every((value, i) => value === rgb[(t - 2) * FRAME_BYTES + i]))
        return { frames: rgb.slice(t * FRAME_BYTES, (t + steps) * FRAME_BYTES) };
  }
  throw new Error('not a context of this dataset');
}

const grey: Predictor = {
  name: 'model',
  description: 'a grey picture',
  contextFrames: 1,
  predict: async (contexts, steps) =>
    contexts.map(() => ({ frames: new Uint8Array(steps * FRAME_BYTES).fill(128) })),
};

async function run(model: Predictor) {
  const comparison = await comparePredictors({
    ...request,
    dataset,
    predictors: [model, copyLast, linear, constantVelocity],
    keep: 2,
    batch: 4,
  });
  const { episodes, longest } = comparison;
  return {
    comparison,
    ...compose(comparison.measured, { episodes, longest, horizon: 10, draws: 50, seed: 0 }),
  };
}

describe('clips', () => {
  test('come from the held-out split alone, inside the episodes, spread over them', () => {
    const { clips, longest } = planClips(dataset, request);
    expect(longest).toBe(12);
    expect(new Set(clips.map(({ episode }) => episode))).toEqual(new Set([2, 3, 4]));
    for (const { start } of clips) expect(start).toBeLessThanOrEqual(2);
    expect(new Set(clips.map(({ start }) => start)).size).toBeGreaterThan(1);
  });

  test('the longest rollout ends where the episode does', () => {
    expect(planClips(dataset, { ...request, longest: 100 }).longest).toBe(14);
    expect(planClips(dataset, { ...request, longest: 100 }).clips.every(({ start }) => start === 0)).toBe(
      true,
    );
  });

  test('too short episodes and unknown splits are named', () => {
    expect(() => planClips(dataset, { ...request, horizon: 15 })).toThrow(
      'dataset "arena": episodes of 16 frames, but 2 context frames and a horizon of 15 need 17',
    );
    expect(() => planClips(dataset, { ...request, split: 'ood' })).toThrow(
      'no split "ood"; it has train, test',
    );
  });
});

describe('an oracle', async () => {
  const { rows, figures, comparison } = await run(oracle);

  test('is perfect but for the parser, and holds every bound', () => {
    const { psnr, ssim, position_error, lost } = rows[0].metrics;
    expect(psnr.mean.value).toBe('Infinity');
    expect(ssim.mean.value).toBeCloseTo(1, 12);
    expect(position_error.mean.value).toBeLessThan(0.005);
    expect(lost.mean.value).toBe(0);
    expect(figures.filter(({ bound }) => bound !== null)).toHaveLength(8);
    expect(figures.every(({ holds }) => holds)).toBe(true);
  });

  test('equals the row of the truth', () => {
    expect(rows.at(-1)!.predictor).toBe('truth');
    expect(rows.at(-1)!.metrics).toEqual(rows[0].metrics);
  });

  test('baselines: copy-last is off by how far the balls went, constant velocity by little until a wall', () => {
    const byName = Object.fromEntries(rows.map((row) => [row.predictor, row.metrics]));
    const error = (name: string, step: number) => Number(byName[name].position_error.steps[step - 1].value);
    // Balls go 0.075 to 0.15 m a frame here.
    expect(error('copy-last', 1)).toBeGreaterThan(0.07);
    expect(error('copy-last', 1)).toBeLessThan(0.155);
    expect(error('constant-velocity', 1)).toBeLessThan(0.5 * error('copy-last', 1));
    expect(error('constant-velocity', 3)).toBeLessThan(error('copy-last', 3));
    expect(error('copy-last', 10)).toBeGreaterThan(error('copy-last', 1));
  });

  test('what is kept has the context before the prediction, and is measured frame by frame', () => {
    expect(comparison.kept).toHaveLength(2);
    const { clip, truth, predictions } = comparison.kept[0];
    expect(predictions['model'].frames).toEqual(clip.frames);
    expect([...predictions['model'].psnr]).toEqual(Array(14).fill(Infinity));
    expect([...predictions['copy-last'].psnr.subarray(0, 2)]).toEqual([Infinity, Infinity]);
    expect(predictions['copy-last'].psnr[2]).toBeLessThan(40);
    expect(truth.parsed).toHaveLength(14 * 2 * 3);
  });
});

test('a grey picture misses bounds: its bodies are lost and stay where they were', async () => {
  const { rows, figures, comparison } = await run(grey);
  const byName = Object.fromEntries(rows.map((row) => [row.predictor, row.metrics]));
  expect(rows[0].metrics['lost'].mean.value).toBe(100);
  expect(byName['model'].position_error.mean.value).toBeCloseTo(
    Number(byName['copy-last'].position_error.mean.value),
    1,
  );
  expect(figures.find(({ name }) => name === 'psnr/mean-10/copy-last')!.holds).toBe(false);
  expect(comparison.kept[0].predictions['model'].parsed.subarray(2 * 6).every(Number.isNaN)).toBe(true);
});

test('an aborted signal stops it', async () => {
  const controller = new AbortController();
  const options = { ...request, dataset, predictors: [copyLast], keep: 1, batch: 1 };
  const running = comparePredictors({
    ...options,
    signal: controller.signal,
    onProgress: ({ done }) => done === 1 && controller.abort(),
  });
  await expect(running).rejects.toThrow('aborted');
});
