import { RandomState } from '@orrery/random';
import { expect, test, vi } from 'vitest';
import { resultsSchema } from '../results/schema.ts';
import { linearError, squaredError, staticError, travelTime } from './baselines.ts';
import { chargedParticles } from './charged-particles.ts';
import { resultsOf } from './table.ts';
import { trainEgnn } from './training.ts';

vi.setConfig({ testTimeout: 60_000 });

const random = new RandomState(5);
const splits = {
  training: chargedParticles(random, 300),
  validation: chargedParticles(random, 100),
  test: chargedParticles(random, 100),
};

test('a few epochs beat linear motion, by weights that validation chose, and make a record', async () => {
  const run = await trainEgnn(splits, 0, { epochs: 40, threads: 1 });
  expect(run.test.mean).toBeLessThan(0.7 * linearError(splits.training, splits.test).mean);
  const lowest = Math.min(...run.fit.validations.map(({ loss }) => loss));
  expect(run.validation).toBe(lowest);
  expect(run.fit.validations.map(({ step }) => step / 3)).toEqual([5, 10, 15, 20, 25, 30, 35, 40]);
  expect(run.parameters).toBe(134_020);

  const { rows, figures, charts } = resultsOf(splits, [run, run]);
  expect(rows.map(({ name }) => name)).toEqual(['no motion', 'linear', 'EGNN']);
  const egnn = rows[2].cells.test;
  expect(egnn).toMatchObject({ mean: run.test.mean, deviation: 0, published: { value: 0.0071 } });
  expect(figures[1].holds).toBe(run.test.mean <= 0.0071 + run.test.standardError);
  expect(charts[0].series.map(({ points }) => points.length)).toEqual([8, 8]);
  expect(() => resultsSchema.shape.charts.parse(charts)).not.toThrow();
});

test('errors are means over samples with their standard error', () => {
  const samples = { ...splits.test, count: 2, targets: new Float32Array(30) };
  const predicted = Float32Array.from({ length: 30 }, (_, i) => (i < 15 ? 1 : 2));
  // Errors 1 and 4: deviation 3 / sqrt(2), over sqrt(2).
  expect(squaredError(samples, predicted)).toEqual({ mean: 2.5, standardError: 1.5 });
});

test('linear motion goes on for the time that fits best', () => {
  const { training } = splits;
  const error = (time: number) =>
    squaredError(
      training,
      training.positions.map((x, i) => x + time * training.velocities[i]),
    ).mean;
  const time = travelTime(training);
  expect(linearError(training, training).mean).toBeCloseTo(error(time), 6);
  expect(error(time)).toBeLessThan(error(time + 0.02));
  expect(error(time)).toBeLessThan(error(time - 0.02));
  expect(error(0)).toBeCloseTo(staticError(training).mean, 8);
});
