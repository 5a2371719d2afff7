/** From measurements to rows, comparisons and figures. */
import { metricNamed, metrics, type Metric } from '../metrics/metric.ts';
import { interval95, resample, resampledMeans, type Resampling } from './bootstrap.ts';
import { toQuantity, type Figure, type Interval, type Scorecard, type ScorecardRow } from './schema.ts';

/** What one predictor did: for each metric, `Metric.measure` of each rollout and step, [R, S]. */
export interface Measurements {
  readonly predictor: string;
  readonly description: string;
  readonly values: Readonly<Record<string, Float64Array>>;
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
}

/** The bounds: the model must beat these predictors in these metrics, over the horizon's mean and at its last step. */
const BOUND_METRICS = ['psnr', 'position_error'] as const;
const BOUND_BASELINES = ['copy-last', 'linear'] as const;

/**
 * @param measured "model" first
 * @returns rows in the order of `measured`; comparisons and figures of the model
 */
export function compose(
  measured: readonly Measurements[],
  protocol: Protocol,
): Pick<Scorecard, 'rows' | 'comparisons' | 'figures'> {
  const resampling = resample(protocol.episodes, protocol.draws, protocol.seed);
  const all = measured.map((measurements) => ({
    measurements,
    estimates: new Map(
      metrics.map((metric) => [
        metric.name,
        estimate(metric, measurements.values[metric.name], protocol, resampling),
      ]),
    ),
  }));
  const rows = all.map(({ measurements, estimates }): ScorecardRow => ({
    predictor: measurements.predictor,
    description: measurements.description,
    metrics: Object.fromEntries(
      [...estimates].map(([name, { steps, mean }]) => [
        name,
        { steps: steps.map(toInterval), mean: toInterval(mean) },
      ]),
    ),
  }));
  const model = all[0];
  const comparisons = all
    .slice(1)
    .filter(({ measurements }) => measurements.predictor !== 'truth')
    .flatMap(({ measurements, estimates }) =>
      metrics.map((metric) => {
        const ours = model.estimates.get(metric.name)!;
        const theirs = estimates.get(metric.name)!;
        const last = protocol.horizon - 1;
        return {
          metric: metric.name,
          baseline: measurements.predictor,
          mean: toInterval(difference(ours.mean, theirs.mean)),
          step: toInterval(difference(ours.steps[last], theirs.steps[last])),
        };
      }),
    );
  return { rows, comparisons, figures: figures(rows, comparisons, protocol.horizon) };
}

/** A value and what it is in each bootstrap draw. */
interface Estimate {
  readonly value: number;
  readonly draws: Float64Array;
}

function estimate(
  metric: Metric,
  values: Float64Array,
  { episodes, longest, horizon }: Protocol,
  resampling: Resampling,
): { readonly steps: readonly Estimate[]; readonly mean: Estimate } {
  const over = (from: number, to: number): Estimate => {
    const perRollout = Float64Array.from(episodes, (_, r) => {
      let sum = 0;
      for (let step = from; step < to; step++) sum += values[r * longest + step];
      return sum / (to - from);
    });
    const mean = perRollout.reduce((a, b) => a + b, 0) / perRollout.length;
    return {
      value: metric.fromMean(mean),
      draws: resampledMeans(resampling, perRollout).map(metric.fromMean),
    };
  };
  return {
    steps: Array.from({ length: longest }, (_, step) => over(step, step + 1)),
    mean: over(0, horizon),
  };
}

function difference(a: Estimate, b: Estimate): Estimate {
  return { value: a.value - b.value, draws: a.draws.map((draw, i) => draw - b.draws[i]) };
}

function toInterval({ value, draws }: Estimate): Interval {
  const { low, high } = interval95(draws);
  return { value: toQuantity(value), low: toQuantity(low), high: toQuantity(high) };
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
  const told = metrics.map((metric): Figure => ({
    name: `${metric.name}/mean-${horizon}`,
    value: model.metrics[metric.name].mean.value,
    unit: metric.unit,
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
  return [...bounded, ...told, ...others];
}

function valueOf(row: ScorecardRow, metric: string, over: 'mean' | 'step', horizon: number): number {
  const { steps, mean } = row.metrics[metric];
  const { value } = over === 'mean' ? mean : steps[horizon - 1];
  return value === null ? NaN : Number(value);
}
