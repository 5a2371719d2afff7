/** From surprises to accuracies with their intervals. */
import { decibels } from '../metrics/psnr.ts';
import { SURPRISE_FRAMES, type PairSurprise, type ViolationSurprise } from '../surprise.ts';
import { resample } from './bootstrap.ts';
import { estimate, toInterval } from './estimate.ts';
import { toQuantity, type Interval, type Scorecard } from './schema.ts';

/** 1 where the prediction is nearer to the possible film, 0 where to the impossible one, 1/2 where to neither. */
export function accuracyOf({ possible, impossible }: PairSurprise): number {
  return possible === impossible ? 0.5 : possible < impossible ? 1 : 0;
}

interface Drawing {
  readonly draws: number;
  readonly seed: number;
}

/** Share of pairs in percent, each pair drawn on its own. */
function accuracy(pairs: readonly PairSurprise[], { draws, seed }: Drawing): Interval {
  const sums = Float64Array.from(pairs, accuracyOf);
  const weights = new Float64Array(pairs.length).fill(1);
  const episodes = pairs.map(({ episode }) => episode);
  const resampling = resample(episodes, draws, seed);
  return toInterval(estimate({ fromMean: (mean) => 100 * mean }, { sums, weights }, resampling));
}

/** @returns null where there are no pairs */
export function composeSurprise(
  violations: readonly ViolationSurprise[],
  drawing: Drawing,
): Scorecard['surprise'] {
  if (violations.length === 0) return null;
  const predictors = Object.keys(violations[0].pairs);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    frames: SURPRISE_FRAMES,
    overall: predictors.map((predictor) => ({
      predictor,
      accuracy: accuracy(
        violations.flatMap(({ pairs }) => pairs[predictor]),
        drawing,
      ),
    })),
    violations: violations.map(({ violation, pairs }) => ({
      violation,
      pairs: pairs[predictors[0]].length,
      rows: predictors.map((predictor) => ({
        predictor,
        accuracy: accuracy(pairs[predictor], drawing),
        possible: toQuantity(decibels(mean(pairs[predictor].map(({ possible }) => possible)))),
        impossible: toQuantity(decibels(mean(pairs[predictor].map(({ impossible }) => impossible)))),
      })),
      samples: {
        episodes: pairs[predictors[0]].map(({ episode }) => episode),
        correct: pairs[predictors[0]].map(accuracyOf),
      },
    })),
  };
}
