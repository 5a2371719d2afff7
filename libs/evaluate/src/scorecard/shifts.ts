/** What becomes of all predictors where one factor of the scene is drawn from outside the range of training. */
import type { Comparison } from '../compare.ts';
import { resample } from './bootstrap.ts';
import { measurable } from './compose.ts';
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
  return {
    ...split,
    episodes: new Set(episodes).size,
    rollouts: episodes.length,
    rows: measured.map(({ predictor, values, tallies }) => ({
      predictor,
      metrics: Object.fromEntries([
        ...perFrame.map((metric) => [
          metric.name,
          toInterval(estimate(metric, ofSteps(values[metric.name], longest, 0, horizon), resampling)),
        ]),
        ...perRollout.map((metric) => [
          metric.name,
          toInterval(estimate(metric, ofTallies(tallies[metric.name].map(([first]) => first)), resampling)),
        ]),
      ]),
    })),
  };
}
