/** From measurements to rows, comparisons and figures. */
import type { Tally } from '../metrics/definition.ts';
import { metricNamed, metrics, rolloutMetrics } from '../metrics/metric.ts';
import { resample } from './bootstrap.ts';
import { difference, estimate, ofSteps, ofTallies, toInterval, type Contributions } from './estimate.ts';
import { toQuantity, type Figure, type Scorecard, type ScorecardRow } from './schema.ts';

/** What one predictor did. */
export interface Measurements {
  readonly predictor: string;
  readonly description: string;
  /** By metric, `Metric.measure` of each rollout: [R, S] */
  readonly values: Readonly<Record<string, Float64Array>>;
  /** By rollout metric, `RolloutMetric.measure` of each rollout over the horizon and over all steps: [R, 2] */
  readonly tallies: Record<string, readonly (readonly Tally[])[]>;
}

export interface Protocol {
  /** [R] the episode of each rollout */
  readonly episodes: readonly number[];
  /** S */
  readonly longest: number;
  /** Steps that the bounds are about, at most S. */
  readonly horizon: number;
  readonly draws: number;
  readonly seed: number;
  /** Names of the metrics that cannot be measured here. */
  readonly unmeasured?: readonly string[];
}

/** The bounds: the model must beat these predictors in these metrics, over the horizon's mean and at its last step. */
const BOUND_METRICS = ['psnr', 'position_error'] as const;
const BOUND_BASELINES = ['copy-last', 'linear'] as const;
/** Rows that are no predictors to be beaten: what a perfect one would reach. */
const CEILINGS: readonly string[] = ['truth', 'oracle'];

/**
 * @param measured "model" first
 * @returns rows in the order of `measured`; comparisons and figures of the model
 */
export function compose(
  measured: readonly Measurements[],
  protocol: Protocol,
): Pick<Scorecard, 'rows' | 'comparisons' | 'rolloutComparisons' | 'figures'> {
  const { horizon, longest } = protocol;
  const resampling = resample(protocol.episodes, protocol.draws, protocol.seed);
  const { perFrame, perRollout } = measurable(protocol);
  const all = measured.map((measurements) => ({
    measurements,
    frames: new Map(
      perFrame.map((metric) => {
        const over = (from: number, to: number) =>
          estimate(metric, ofSteps(measurements.values[metric.name], longest, from, to), resampling);
        const steps = Array.from({ length: longest }, (_, step) => over(step, step + 1));
        return [metric.name, { steps, mean: over(0, horizon) }];
      }),
    ),
    rollouts: new Map(
      perRollout.map((metric) => {
        const over = (window: number) =>
          estimate(
            metric,
            ofTallies(measurements.tallies[metric.name].map((windows) => windows[window])),
            resampling,
          );
        return [metric.name, { horizon: over(0), longest: over(1) }];
      }),
    ),
  }));
  const rows = all.map(({ measurements, frames, rollouts }): ScorecardRow => ({
    predictor: measurements.predictor,
    description: measurements.description,
    metrics: Object.fromEntries(
      [...frames].map(([name, { steps, mean }]) => [
        name,
        { steps: steps.map(toInterval), mean: toInterval(mean) },
      ]),
    ),
    rollouts: Object.fromEntries(
      [...rollouts].map(([name, windows]) => [
        name,
        { horizon: toInterval(windows.horizon), longest: toInterval(windows.longest) },
      ]),
    ),
  }));
  const model = all[0];
  const beaten = all.slice(1).filter(({ measurements }) => !CEILINGS.includes(measurements.predictor));
  const comparisons = beaten.flatMap(({ measurements: { predictor: baseline }, frames }) =>
    [...frames].map(([metric, theirs]) => {
      const ours = model.frames.get(metric)!;
      const last = horizon - 1;
      return {
        ...{ metric, baseline },
        mean: toInterval(difference(ours.mean, theirs.mean)),
        step: toInterval(difference(ours.steps[last], theirs.steps[last])),
      };
    }),
  );
  const rolloutComparisons = beaten.flatMap(({ measurements: { predictor: baseline }, rollouts }) =>
    [...rollouts].map(([metric, theirs]) => {
      const ours = model.rollouts.get(metric)!;
      return { metric, baseline, longest: toInterval(difference(ours.longest, theirs.longest)) };
    }),
  );
  return { rows, comparisons, rolloutComparisons, figures: figures(rows, comparisons, horizon) };
}

/** The metrics that have something to measure. */
export function measurable({ unmeasured = [] }: Pick<Protocol, 'unmeasured'>) {
  const measured = ({ name }: { readonly name: string }) => !unmeasured.includes(name);
  return { perFrame: metrics.filter(measured), perRollout: rolloutMetrics.filter(measured) };
}

/** What the rollouts of one predictor contribute, for comparisons of runs. */
export function samplesOf(
  { values, tallies }: Measurements,
  protocol: Protocol,
): Pick<Scorecard['samples'], 'metrics' | 'rollouts'> {
  const { horizon, longest } = protocol;
  const { perFrame, perRollout } = measurable(protocol);
  const listed = ({ sums, weights }: Contributions) => ({ sums: [...sums], weights: [...weights] });
  return {
    metrics: Object.fromEntries(
      perFrame.map(({ name }) => [
        name,
        {
          mean: listed(ofSteps(values[name], longest, 0, horizon)),
          step: listed(ofSteps(values[name], longest, horizon - 1, horizon)),
        },
      ]),
    ),
    rollouts: Object.fromEntries(
      perRollout.map(({ name }) => {
        const over = (window: number) => listed(ofTallies(tallies[name].map((windows) => windows[window])));
        return [name, { horizon: over(0), longest: over(1) }];
      }),
    ),
  };
}

/**
 * The figures of a scorecard: first those with a bound, then what is only told.
 * @param rows "model" first
 */
export function figures(
  rows: readonly ScorecardRow[],
  comparisons: Scorecard['comparisons'],
  horizon: number,
): Figure[] {
  const model = rows[0];
  const bounded = BOUND_METRICS.flatMap((name) =>
    (['mean', 'step'] as const).flatMap((over) =>
      rows
        .filter((row) => (BOUND_BASELINES as readonly string[]).includes(row.predictor))
        .map((row): Figure => {
          const metric = metricNamed(name);
          const value = valueOf(model, name, over, horizon);
          const bound = valueOf(row, name, over, horizon);
          const higher = metric.better === 'higher';
          return {
            name: `${name}/${over}-${horizon}/${row.predictor}`,
            value: toQuantity(value),
            unit: metric.unit,
            bound: `${higher ? '>' : '<'} ${bound.toFixed(metric.digits)}`,
            holds: higher ? value > bound : value < bound,
          };
        }),
    ),
  );
  const told = Object.entries(model.metrics).map(([name, { mean }]): Figure => ({
    name: `${name}/mean-${horizon}`,
    value: mean.value,
    unit: metricNamed(name).unit,
    bound: null,
    holds: true,
  }));
  const longest = Object.values(model.metrics)[0].steps.length;
  const whole = Object.entries(model.rollouts).map(([name, windows]): Figure => ({
    name: `${name}/rollout-${longest}`,
    value: windows.longest.value,
    unit: metricNamed(name).unit,
    bound: null,
    holds: true,
  }));
  const others = comparisons
    .filter(
      ({ metric, baseline }) =>
        (BOUND_METRICS as readonly string[]).includes(metric) &&
        !(BOUND_BASELINES as readonly string[]).includes(baseline),
    )
    .map(({ metric, baseline, mean }): Figure => ({
      name: `${metric}/mean-${horizon}/minus-${baseline}`,
      value: mean.value,
      unit: metricNamed(metric).unit,
      bound: null,
      holds: true,
    }));
  return [...bounded, ...told, ...whole, ...others];
}

function valueOf(row: ScorecardRow, metric: string, over: 'mean' | 'step', horizon: number): number {
  const { steps, mean } = row.metrics[metric];
  const { value } = over === 'mean' ? mean : steps[horizon - 1];
  return value === null ? NaN : Number(value);
}
