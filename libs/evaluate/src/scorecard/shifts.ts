/** What becomes of all predictors where one factor of the scene is drawn from outside the range of training. */
import type { Comparison } from '../compare.ts';
import { resample } from './bootstrap.ts';
import { measurable, type Measurements } from './compose.ts';
import { estimate, ofSteps, ofTallies, toInterval } from './estimate.ts';
import type { Scorecard } from './schema.ts';

type Shift = Scorecard['shifts'][number];

/** Which split it is; `factor` null for that of the episodes' own distribution. */
export type ShiftedSplit = Pick<Shift, 'split' | 'factor' | 'range' | 'unit'>;

/** Each predictor over the horizon: metrics of frames as their mean, those of rollouts as they are. */
export function composeShift(
  split: ShiftedSplit,
  { episodes, longest, measured, windows, unmeasured }: Comparison,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): Shift {
  const [horizon] = windows;
  const resampling = resample(episodes, draws, seed);
  const { perFrame, perRollout } = measurable({ unmeasured: unmeasured.map(({ metric }) => metric) });
  const contributions = ({ values, tallies }: Measurements) => [
    ...perFrame.map((metric) => ({ metric, given: ofSteps(values[metric.name], longest, 0, horizon) })),
    ...perRollout.map((metric) => ({
      ...{ metric, given: ofTallies(tallies[metric.name].map(([first]) => first)) },
    })),
  ];
  return {
    ...split,
    episodes: new Set(episodes).size,
    rollouts: episodes.length,
    rows: measured.map((measurements) => ({
      predictor: measurements.predictor,
      metrics: Object.fromEntries(
        contributions(measurements).map(({ metric, given }) => [
          metric.name,
          toInterval(estimate(metric, given, resampling)),
        ]),
      ),
    })),
    samples: {
      episodes: [...episodes],
      metrics: Object.fromEntries(
        contributions(measured[0]).map(({ metric, given: { sums, weights } }) => [
          metric.name,
          { sums: [...sums], weights: [...weights] },
        ]),
      ),
    },
  };
}
