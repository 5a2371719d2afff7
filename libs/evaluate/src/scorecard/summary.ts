/** The table that a person sees first. */
import { formatQuantity, type Interval, type Scorecard, type ScorecardRow } from './schema.ts';

const LABELS: Record<string, string> = {
  'copy-last': 'copy last frame',
  linear: 'linear extrapolation',
  oracle: 'oracle state plus renderer',
  truth: 'truth (measurement floor)',
};

/** The predictor's name as a person reads it. */
export function predictorLabel(predictor: string): string {
  return LABELS[predictor] ?? predictor.replaceAll('-', ' ');
}

/** Metric and where it is read: over the horizon's mean ("1–10") or at its last step ("@10"). */
const COLUMNS = [
  ['psnr', 'mean'],
  ['psnr', 'step'],
  ['position_error', 'mean'],
  ['position_error', 'step'],
  ['ssim', 'mean'],
  ['lost', 'mean'],
] as const;

/** A metric as one figure a predictor. */
export interface Column {
  readonly metric: Scorecard['metrics'][number];
  /** "PSNR 1–10" for the mean over the horizon, "PSNR @10" for its last step */
  readonly heading: string;
  read(row: ScorecardRow): Interval;
}

export function summaryColumns({ metrics, protocol }: Scorecard): Column[] {
  const { horizon } = protocol;
  return COLUMNS.flatMap(([name, over]) =>
    metrics
      .filter((metric) => metric.name === name)
      .map((metric) => ({
        metric,
        heading: `${metric.label} ${over === 'mean' ? `1–${horizon}` : `@${horizon}`}`,
        read: ({ metrics: measured }) =>
          over === 'mean' ? measured[name].mean : measured[name].steps[horizon - 1],
      })),
  );
}

/** Header and one row a predictor, as text. */
export function summaryTable(scorecard: Scorecard): string[][] {
  const columns = summaryColumns(scorecard);
  const cell = (row: ScorecardRow, { metric, read }: Column): string => {
    const text = formatQuantity(read(row).value, metric.digits);
    return metric.unit === '' || text === '–' ? text : `${text} ${metric.unit}`;
  };
  return [
    ['predictor', ...columns.map(({ heading }) => heading)],
    ...scorecard.rows.map((row) => [predictorLabel(row.predictor), ...columns.map((c) => cell(row, c))]),
  ];
}

/** Header and one row a predictor: metrics of rollouts over all steps, and energy drift over the horizon. */
export function physicsSummary({ rows, metrics, rolloutMetrics, protocol }: Scorecard): string[][] {
  const ofFrames = metrics.filter(({ name }) => PHYSICS.includes(name));
  const cell = ({ unit, digits }: Scorecard['metrics'][number], { value }: Interval): string => {
    const text = formatQuantity(value, digits);
    return unit === '' || text === '–' ? text : `${text} ${unit}`;
  };
  return [
    [
      'predictor',
      ...rolloutMetrics.map(({ label }) => label),
      ...ofFrames.map(({ label }) => `${label} 1–${protocol.horizon}`),
    ],
    ...rows.map((row) => [
      predictorLabel(row.predictor),
      ...rolloutMetrics.map((metric) => cell(metric, row.rollouts[metric.name].longest)),
      ...ofFrames.map((metric) => cell(metric, row.metrics[metric.name].mean)),
    ]),
  ];
}

/** Metrics of frames that the physics summary tells. */
const PHYSICS: readonly string[] = ['energy_drift', 'momentum_drift', 'penetration'];
