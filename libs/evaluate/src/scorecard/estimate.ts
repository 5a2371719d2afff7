/** From contributions of rollouts to a metric with its interval. */
import type { Metric, RolloutMetric, Tally } from '../metrics/definition.ts';
import { interval95, resampledRatios, type Resampling } from './bootstrap.ts';
import { toQuantity, type Interval } from './schema.ts';

/** What each of R rollouts contributes: the metric is a function of the quotient of the sums. */
export interface Contributions {
  /** [R] */
  readonly sums: Float64Array;
  /** [R], 0 where a rollout has nothing to measure */
  readonly weights: Float64Array;
}

/** A value and what it is in each bootstrap draw. */
export interface Estimate {
  readonly value: number;
  /** [draws] */
  readonly draws: Float64Array;
}

/**
 * Steps `from` to `to` (not included) of frames' contributions.
 * @param values [R, longest], NaN where a frame has none
 */
export function ofSteps(values: Float64Array, longest: number, from: number, to: number): Contributions {
  const rollouts = values.length / longest;
  const sums = new Float64Array(rollouts);
  const weights = new Float64Array(rollouts);
  for (let r = 0; r < rollouts; r++)
    for (let step = from; step < to; step++) {
      const value = values[r * longest + step];
      if (Number.isNaN(value)) continue;
      sums[r] += value;
      weights[r] += 1;
    }
  return { sums, weights };
}

export function ofTallies(tallies: readonly Tally[]): Contributions {
  return {
    sums: Float64Array.from(tallies, ({ sum }) => sum),
    weights: Float64Array.from(tallies, ({ weight }) => weight),
  };
}

export function estimate(
  { fromMean }: Pick<Metric | RolloutMetric, 'fromMean'>,
  { sums, weights }: Contributions,
  resampling: Resampling,
): Estimate {
  const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return {
    value: fromMean(total(sums) / total(weights)),
    draws: resampledRatios(resampling, sums, weights).map(fromMean),
  };
}

/** a - b, on the same draws. */
export function difference(a: Estimate, b: Estimate): Estimate {
  return { value: a.value - b.value, draws: a.draws.map((draw, i) => draw - b.draws[i]) };
}

export function toInterval({ value, draws }: Estimate): Interval {
  const { low, high } = interval95(draws);
  return { value: toQuantity(value), low: toQuantity(low), high: toQuantity(high) };
}
