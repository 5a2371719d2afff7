/**
 * Confidence intervals by the cluster bootstrap: whole episodes are drawn again with replacement, because rollouts
 * of one episode are not independent. Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993),
 * chapter 13 (percentile intervals). Every predictor is measured on the same draws, which makes differences paired.
 */
import { key, randomIntegers } from '@orrery/random';

/** How often each rollout counts, one row a draw: [draws, R]. */
export interface Resampling {
  readonly draws: number;
  readonly rollouts: number;
  readonly counts: Uint16Array;
}

/**
 * @param episodes [R] the episode of each rollout
 * @param seed of the draws
 */
export function resample(episodes: readonly number[], draws: number, seed: number): Resampling {
  const clusters = [...new Set(episodes)];
  const clusterOf = episodes.map((episode) => clusters.indexOf(episode));
  const chosen = randomIntegers(key(seed), draws * clusters.length, 0, clusters.length);
  const counts = new Uint16Array(draws * episodes.length);
  const weights = new Uint16Array(clusters.length);
  for (let draw = 0; draw < draws; draw++) {
    weights.fill(0);
    for (let i = 0; i < clusters.length; i++) weights[chosen[draw * clusters.length + i]] += 1;
    for (let r = 0; r < episodes.length; r++) counts[draw * episodes.length + r] = weights[clusterOf[r]];
  }
  return { draws, rollouts: episodes.length, counts };
}

/** The quotient of the sums of `sums` [R] and `weights` [R] in each draw: [draws]; NaN where a draw weighs nothing. */
export function resampledRatios(
  { draws, rollouts, counts }: Resampling,
  sums: Float64Array,
  weights: Float64Array,
): Float64Array {
  return Float64Array.from({ length: draws }, (_, draw) => {
    let sum = 0;
    let weight = 0;
    for (let r = 0; r < rollouts; r++) {
      const count = counts[draw * rollouts + r];
      if (count === 0) continue;
      sum += count * sums[r];
      weight += count * weights[r];
    }
    return sum / weight;
  });
}

/** The mean of `values` [R] in each draw: [draws]. */
export function resampledMeans(resampling: Resampling, values: Float64Array): Float64Array {
  return resampledRatios(resampling, values, new Float64Array(values.length).fill(1));
}

/** The central 95 % of the draws, by linear interpolation between order statistics; NaN where a draw is NaN. */
export function interval95(draws: Float64Array): { readonly low: number; readonly high: number } {
  if (draws.some(Number.isNaN)) return { low: NaN, high: NaN };
  const sorted = draws.toSorted();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  // Equal ends first: Infinity - Infinity is not a number.
  return low === high ? low : low + (at - below) * (high - low);
}
