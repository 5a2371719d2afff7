import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { metrics, rolloutMetrics } from '../metrics/metric.ts';
import { interval95, resample, resampledMeans, resampledRatios } from './bootstrap.ts';
import { compose, samplesOf, type Measurements, type Protocol } from './compose.ts';
import { figureSchema, formatQuantity, fromQuantity, toQuantity } from './schema.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe('bootstrap', () => {
  test('an episode is drawn with all its rollouts', () => {
    const { counts, rollouts } = resample([7, 7, 9], 50, 1);
    for (let draw = 0; draw < 50; draw++) {
      const [a, b, c] = counts.subarray(draw * rollouts, (draw + 1) * rollouts);
      expect(a).toBe(b);
      expect(a + c).toBe(2);
    }
  });

  test('the interval of a mean is that of the normal approximation', () => {
    // 400 values with mean 0.5 and variance 1/12: standard error sqrt(1/12/400), 95 % within 1.96 of them.
    const values = Float64Array.from({ length: 400 }, (_, i) => (i + 0.5) / 400);
    const draws = resampledMeans(
      resample(
        [...values.keys()].map((i) => i),
        4000,
        3,
      ),
      values,
    );
    const { low, high } = interval95(draws);
    const half = 1.96 * Math.sqrt(1 / 12 / 400);
    expect(low).toBeCloseTo(0.5 - half, 2);
    expect(high).toBeCloseTo(0.5 + half, 2);
    expect(high - low).toBeGreaterThan(half * 2 * 0.9);
  });

  test('a quotient of sums is that of the drawn rollouts; a draw that weighs nothing has none', () => {
    const resampling = resample([0, 1], 60, 5);
    const [sums, weights] = [Float64Array.of(3, 0), Float64Array.of(4, 0)];
    const draws = resampledRatios(resampling, sums, weights);
    draws.forEach((draw, i) => expect(draw).toBe(resampling.counts[2 * i] === 0 ? NaN : 0.75));
    expect(draws.some(Number.isNaN)).toBe(true);
  });

  test('quantiles as numpy.quantile(range(101), [0.025, 0.975]) = [2.5, 97.5]', () => {
    const { low, high } = interval95(Float64Array.from({ length: 101 }, (_, i) => i));
    expect([low, high]).toEqual([2.5, 97.5]);
  });

  test('infinite draws stay infinite, and one that is no number spoils the interval', () => {
    expect(interval95(Float64Array.from([Infinity, Infinity]))).toEqual({ low: Infinity, high: Infinity });
    expect(interval95(Float64Array.from([1, NaN]))).toEqual({ low: NaN, high: NaN });
  });
});

/** One rollout an episode, two steps, the same value everywhere. */
function constant(predictor: string, mse: number, error: number, time = 1): Measurements {
  const tally = { sum: time, weight: 1 };
  const fill = (value: number) => new Float64Array(6).fill(value);
  return {
    predictor,
    description: predictor,
    values: { psnr: fill(mse), ssim: fill(0.9), position_error: fill(error), lost: fill(0) },
    tallies: { valid_time: [...Array(3)].map(() => [tally, tally]) },
  };
}
const measured = ['psnr', 'ssim', 'position_error', 'lost', 'valid_time'];
const unmeasured = [...metrics, ...rolloutMetrics]
  .map(({ name }) => name)
  .filter((name) => !measured.includes(name));
const protocol: Protocol = { episodes: [0, 1, 2], longest: 2, horizon: 2, draws: 20, seed: 0, unmeasured };

describe('bounds', () => {
  const judge = (model: Measurements) => {
    const baselines = [
      constant('copy-last', 0.01, 0.4),
      constant('linear', 0.02, 0.3),
      constant('constant-velocity', 0.0001, 0.01),
    ];
    const { figures } = compose([model, ...baselines], protocol);
    return Object.fromEntries(figures.map((figure) => [figure.name, figure]));
  };

  test('a model that is better than copy-last and linear holds them all; constant velocity bounds nothing', () => {
    const figures = judge(constant('model', 0.001, 0.125));
    // -10 log10 of 0.001, 0.01 and 0.02
    expect(figures['psnr/mean-2/copy-last']).toEqual({
      name: 'psnr/mean-2/copy-last',
      value: 30,
      unit: 'dB',
      bound: '> 20.00',
      holds: true,
    });
    expect(figures['psnr/step-2/linear'].bound).toBe('> 16.99');
    expect(figures['position_error/mean-2/linear']).toMatchObject({
      value: 0.125,
      unit: 'm',
      bound: '< 0.300',
    });
    expect(figures['position_error/mean-2/minus-constant-velocity']).toMatchObject({
      bound: null,
      holds: true,
    });
    expect(figures['position_error/mean-2/minus-constant-velocity'].value).toBeCloseTo(0.115, 12);
    expect(Object.values(figures).every(({ holds }) => holds)).toBe(true);
    expect(Object.values(figures).filter(({ bound }) => bound !== null)).toHaveLength(8);
  });

  test('worse in one thing: that bound is missed, the others hold', () => {
    const figures = judge(constant('model', 0.001, 0.35));
    expect(figures['position_error/mean-2/copy-last'].holds).toBe(true);
    expect(figures['position_error/mean-2/linear'].holds).toBe(false);
    expect(figures['psnr/mean-2/linear'].holds).toBe(true);
  });

  test('equal is not better, and what cannot be measured does not hold', () => {
    expect(judge(constant('model', 0.01, 0.1))['psnr/mean-2/copy-last'].holds).toBe(false);
    const unmeasured = judge(constant('model', 0.001, NaN))['position_error/mean-2/linear'];
    expect(unmeasured).toMatchObject({ value: null, holds: false });
  });

  test('a perfect model: Infinity beats any number, in words that JSON can hold', () => {
    const figure = judge(constant('model', 0, 0))['psnr/mean-2/copy-last'];
    expect(figure).toMatchObject({ value: 'Infinity', bound: '> 20.00', holds: true });
    expect(figureSchema.parse(JSON.parse(JSON.stringify(figure)))).toEqual(figure);
  });

  test('late failure: the mean holds, the last step does not', () => {
    const model = constant('model', 0.001, 0.1);
    model.values['position_error'].set([0, 0.35, 0, 0.35, 0, 0.35]);
    const figures = judge(model);
    expect(figures['position_error/mean-2/linear'].holds).toBe(true);
    expect(figures['position_error/step-2/linear'].holds).toBe(false);
  });
});

describe('rows', () => {
  test('frames without a number do not count; with none there is no value', () => {
    const model = constant('model', 0.1, 0.1);
    model.values['position_error'].set([NaN, 0.2, 0.4, NaN, NaN, NaN]);
    model.values['lost'].fill(NaN);
    const { position_error, lost } = compose([model], protocol).rows[0].metrics;
    expect(position_error.mean.value).toBeCloseTo(0.3, 12);
    expect(position_error.steps.map(({ value }) => value)).toEqual([0.4, 0.2]);
    expect(lost.mean).toEqual({ value: null, low: null, high: null });
  });

  test('metrics of rollouts are quotients of sums, over the horizon and over all steps', () => {
    const model = constant('model', 0.1, 0.1);
    model.tallies['valid_time'] = [
      [
        { sum: 1, weight: 1 },
        { sum: 3, weight: 1 },
      ],
      [
        { sum: 2, weight: 3 },
        { sum: 5, weight: 3 },
      ],
      [
        { sum: 0, weight: 0 },
        { sum: 0, weight: 0 },
      ],
    ];
    const { rows, rolloutComparisons } = compose([model, constant('linear', 0.1, 0.1, 0.5)], protocol);
    expect(rows[0].rollouts['valid_time'].horizon.value).toBe(0.75);
    expect(rows[0].rollouts['valid_time'].longest.value).toBe(2);
    expect(rolloutComparisons).toHaveLength(1);
    expect(rolloutComparisons[0]).toMatchObject({
      metric: 'valid_time',
      baseline: 'linear',
      longest: { value: 1.5 },
    });
    expect(samplesOf(model, protocol).rollouts['valid_time'].horizon).toEqual({
      sums: [1, 2, 0],
      weights: [1, 3, 0],
    });
  });

  test('decibels are of the mean error; differences are paired', () => {
    const model = constant('model', 0, 0.1);
    model.values['psnr'].set([0, 0.02, 0, 0.02, 0, 0.02]);
    const { rows, comparisons } = compose([model, constant('copy-last', 0.1, 0.4)], protocol);
    const { steps, mean } = rows[0].metrics['psnr'];
    expect(steps[0].value).toBe('Infinity');
    expect(mean.value).toBeCloseTo(20, 12); // -10 log10((0 + 0.02) / 2)
    const paired = comparisons.find(({ metric }) => metric === 'psnr')!;
    expect(paired).toMatchObject({ baseline: 'copy-last' });
    for (const bound of ['value', 'low', 'high'] as const) expect(paired.mean[bound]).toBeCloseTo(10, 12);
  });

  test('the truth is a row, but nothing to compare with', () => {
    const { rows, comparisons } = compose(
      [constant('model', 0.1, 0.1), constant('truth', 0, 0.001)],
      protocol,
    );
    expect(rows.map(({ predictor }) => predictor)).toEqual(['model', 'truth']);
    expect(comparisons).toEqual([]);
  });
});

test('quantities survive JSON', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const back = fromQuantity(JSON.parse(JSON.stringify(toQuantity(value))));
      expect(back === value || (Number.isNaN(back) && Number.isNaN(value))).toBe(true);
    }),
  );
  expect(['Infinity', '-Infinity', null, 1.005].map((q) => formatQuantity(q as number, 1))).toEqual([
    '∞',
    '−∞',
    '–',
    '1.0',
  ]);
});
