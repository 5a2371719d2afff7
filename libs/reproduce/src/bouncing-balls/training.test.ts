import { initialise } from '@orrery/nn';
import { RandomState } from '@orrery/random';
import { expect, test, vi } from 'vitest';
import { resultsSchema } from '../results/schema.ts';
import { bounce, FRAMES, PIXELS } from './balls.ts';
import { copyLast, framesOf, IMAGINED, measure } from './errors.ts';
import { resultsOf, stillPredictors } from './table.ts';
import { ballModel, clips, learningRates, trainBalls, type Recipe } from './training.ts';

vi.setConfig({ testTimeout: 60_000 });

const random = new RandomState(5);
const draw = (count: number) => Array.from({ length: count }, () => bounce(random));
const splits = { training: draw(60), validation: draw(4), test: draw(8) };
const recipe: Recipe = {
  ...{ context: 3, patch: 3, width: 16, blocks: 2, discount: 0.7, learningRate: 5e-3, average: 0.9 },
  stages: [
    { unroll: 1, batch: 16, updates: 140 },
    { unroll: 3, batch: 8, updates: 20 },
  ],
};

test('a short training has a third of the error of copying, and makes a record', async () => {
  const calls: number[] = [];
  const run = await trainBalls(splits, 0, {
    recipe,
    threads: 1,
    onProgress: (updates) => calls.push(updates),
  });
  const still = stillPredictors(splits);
  expect(run.oneStep).toBeLessThan(still.copied.oneStep / 3);
  expect(run.afterContext).toBeLessThan(run.oneStep);
  expect(run.validation).toBeLessThan(still.copied.oneStep / 3);
  expect(run.free).toHaveLength(IMAGINED);
  expect(run.free[0]).toBeLessThan(still.copied.free[0]);
  expect(run.fit.steps).toBe(160);
  expect(calls.at(-1)).toBe(160);

  const { rows, figures, charts } = resultsOf(splits, still, [run, run]);
  expect(rows.map(({ name }) => name)).toContain('RTRBM');
  expect(rows.at(-1)!.cells['oneStep']).toMatchObject({ mean: run.oneStep, deviation: 0 });
  expect(rows.at(-1)!.cells['free20']).toMatchObject({ mean: run.free[19] });
  const better = rows.at(-1)!.cells['better'].mean!;
  run.free.slice(0, better).forEach((error, i) => expect(error).toBeLessThan(still.mean.free[i]));
  expect(run.free[better]).toBeGreaterThanOrEqual(still.mean.free[better]);
  expect(figures[1].holds).toBe(run.oneStep <= 0.65);
  expect(figures[2].holds).toBe(run.free[19] <= still.mean.free[19]);
  expect(charts[0].series.map(({ points }) => points.length)).toEqual([IMAGINED, IMAGINED, IMAGINED]);
  expect(() => resultsSchema.shape.rows.parse(rows)).not.toThrow();
});

test('a budget that is spent ends all stages', async () => {
  const run = await trainBalls(splits, 0, { recipe, threads: 1, budget: 1e-9 });
  expect(run.fit.steps).toBe(0);
  expect(run.oneStep).toBeCloseTo(copyLast(splits.test).oneStep, 6);
});

test('an untrained network is measured as what it does: it copies the last frame', async () => {
  const model = ballModel(recipe);
  const measured = await measure(model, initialise(model.parameters, [0, 1]), splits.test, 1);
  const copied = copyLast(splits.test);
  expect(measured.oneStep).toBeCloseTo(copied.oneStep, 6);
  expect(measured.afterContext).toBeCloseTo(copied.afterContext, 6);
  measured.free.forEach((error, i) => expect(error).toBeCloseTo(copied.free[i], 6));
});

test('clips begin before the sequence too, where all is black', () => {
  const source = clips(splits.training, 4, 2);
  expect(source.count).toBe(60 * (FRAMES - 5 + 3));
  const each = source.count / 60;
  const truth = framesOf(splits.training[7]);
  const frames = (index: number) => source.read(Uint32Array.of(0, index))['frames'].slice(6 * PIXELS);
  const early = frames(7 * each + 1); // two frames before the first
  expect(early.slice(0, 2 * PIXELS).every((value) => value === 0)).toBe(true);
  expect(early.slice(2 * PIXELS)).toEqual(truth.slice(0, 4 * PIXELS));
  expect(frames(8 * each - 1)).toEqual(truth.slice(94 * PIXELS));
});

test('the learning rate falls by work, through all stages', () => {
  const rate = learningRates({
    ...{ ...recipe, learningRate: 1 },
    stages: [
      { unroll: 1, batch: 10, updates: 150 },
      { unroll: 5, batch: 4, updates: 50 },
    ],
  });
  expect(rate(0, 25)).toBe(0.5);
  expect(rate(0, 50)).toBe(1);
  // 2500 frames in all, 500 of them for the warm-up: the middle of the cosine is at 1500.
  expect(rate(0, 150)).toBeCloseTo(0.5, 12);
  expect(rate(1, 0)).toBeCloseTo(0.5, 12);
  expect(rate(1, 50)).toBeCloseTo(0, 12);
});
