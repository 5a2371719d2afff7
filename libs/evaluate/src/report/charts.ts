/** Charts as SVG text, without a browser: @observablehq/plot over linkedom's document. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Metric } from '../metrics/definition.ts';
import { fromQuantity, type Interval, type Scorecard } from '../scorecard/schema.ts';
import { trusted, type Markup } from '@orrery/media';
import { seriesColor } from './legend.ts';

const WIDTH = 560;
const HEIGHT = 300;
const FRAME = {
  width: WIDTH,
  height: HEIGHT,
  marginLeft: 46,
  marginRight: 12,
  marginTop: 28,
  marginBottom: 36,
} as const;
const STYLE = { background: 'transparent', fontFamily: 'inherit', fontSize: '12px', overflow: 'visible' };

/** One metric against the predicted step, a line a predictor with its 95 % band, and where the horizon of the bounds ends. */
export function horizonChart(
  scorecard: Pick<Scorecard, 'rows' | 'protocol'>,
  metric: Pick<Metric, 'name' | 'label' | 'unit'>,
  predictors: readonly string[],
): Markup {
  // Drawn in reverse, so that the model's line, which is first, lies on top.
  const lines = scorecard.rows.toReversed().flatMap((row) => {
    const points = row.metrics[metric.name].steps.map((interval, i) => ({
      step: i + 1,
      value: fromQuantity(interval.value),
      low: fromQuantity(interval.low),
      high: fromQuantity(interval.high),
    }));
    const drawn = points.filter(({ value, low, high }) => [value, low, high].every(Number.isFinite));
    const color = seriesColor(row.predictor, predictors);
    return [
      Plot.areaY(drawn, { x: 'step', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.14 }),
      Plot.lineY(drawn, { x: 'step', y: 'value', stroke: color, strokeWidth: 2 }),
    ];
  });
  const { horizon, longest } = scorecard.protocol;
  const inSeconds = (scorecard.protocol.dt * longest).toFixed(1);
  return svg(`${metric.label} against predicted steps`, {
    ...FRAME,
    x: { label: `predicted step (${longest} steps are ${inSeconds} s)`, ticks: 10, tickFormat: 'd' },
    y: { label: withUnit(metric), grid: true, zero: metric.unit === 'm', nice: true },
    marks: [
      Plot.ruleX([horizon], { stroke: 'currentColor', strokeOpacity: 0.35, strokeDasharray: '3,3' }),
      ...lines,
    ],
  });
}

/** A training curve: the loss of each step. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
  /** "training" or "validation" */
  readonly kind: string;
}

export function lossChart(points: readonly LossPoint[]): Markup {
  const drawn = points.filter(({ loss }) => Number.isFinite(loss) && loss > 0);
  const of = (kind: string) => drawn.filter((point) => point.kind === kind);
  return svg('Loss against training steps', {
    ...FRAME,
    x: { label: 'training step' },
    y: { type: 'log' },
    marks: [
      Plot.gridY({ ticks: 5 }),
      Plot.axisY({ ticks: 5, text: logTick, label: 'loss (log scale)' }),
      Plot.lineY(of('training'), { x: 'step', y: 'loss', stroke: 'var(--truth)', strokeWidth: 1 }),
      Plot.lineY(of('validation'), { x: 'step', y: 'loss', stroke: 'var(--series-0)', strokeWidth: 2 }),
      Plot.dot(of('validation'), { x: 'step', y: 'loss', fill: 'var(--series-0)', r: 2.5 }),
    ],
  });
}

/** Labels only some of a decade's ticks, which crowd towards its end. */
function logTick(value: number): string {
  const digits = Number(value.toPrecision(1));
  return /[12357]/.test(digits.toExponential()[0]) ? String(digits) : '';
}

function withUnit({ label, unit }: Pick<Metric, 'label' | 'unit'>): string {
  return unit === '' ? label : `${label} (${unit})`;
}

function svg(title: string, options: Plot.PlotOptions): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const chart = Plot.plot({ ...options, document, style: STYLE, ariaLabel: title, className: 'chart' });
  chart.setAttribute('role', 'img');
  return trusted(chart.outerHTML);
}

/** A value with its interval for each predictor, in groups side by side. */
interface GroupedPoint {
  readonly group: string;
  readonly predictor: string;
  readonly interval: Interval;
}

/** One metric in distribution and on each shifted split. */
export function shiftChart(
  { shifts }: Scorecard,
  metric: Pick<Metric, 'name' | 'label' | 'unit'>,
  predictors: readonly string[],
): Markup {
  const points = shifts.flatMap(({ factor, rows }) =>
    rows.flatMap(({ predictor, metrics }): GroupedPoint[] => {
      const interval = metrics[metric.name];
      const group = factor ?? 'in distribution';
      return interval && predictors.includes(predictor) ? [{ group, predictor, interval }] : [];
    }),
  );
  return groupedChart(`${metric.label} by split`, withUnit(metric), points, predictors, {
    zero: metric.unit !== 'dB',
  });
}

/** Pairs told right, by violation. */
export function surpriseChart(
  { overall, violations }: NonNullable<Scorecard['surprise']>,
  predictors: readonly string[],
): Markup {
  const points = [{ violation: 'all', rows: overall }, ...violations].flatMap(({ violation, rows }) =>
    rows.map(({ predictor, accuracy }): GroupedPoint => ({
      ...{ group: violation, predictor, interval: accuracy },
    })),
  );
  const chance = Plot.ruleY([50], { stroke: 'currentColor', strokeOpacity: 0.35, strokeDasharray: '3,3' });
  return groupedChart('Pairs told right by violation', 'pairs told right (%)', points, predictors, {
    ...{ wide: true, domain: [0, 100], marks: [chance] },
  });
}

function groupedChart(
  title: string,
  label: string,
  points: readonly GroupedPoint[],
  predictors: readonly string[],
  options: {
    wide?: boolean;
    zero?: boolean;
    domain?: readonly number[];
    marks?: readonly Plot.Markish[];
  } = {},
): Markup {
  const drawn = points.flatMap(({ group, predictor, interval }) => {
    const value = fromQuantity(interval.value);
    if (!Number.isFinite(value)) return [];
    const [low, high] = [fromQuantity(interval.low), fromQuantity(interval.high)];
    const color = seriesColor(predictor, predictors);
    return [{ group, predictor, value, low, high, color }];
  });
  const groups = [...new Set(points.map(({ group }) => group))];
  const ranged = drawn.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  return svg(title, {
    ...FRAME,
    ...(options.wide && { width: 2 * WIDTH }),
    marginBottom: 14,
    marginTop: 40,
    fx: { domain: groups, label: null, padding: 0.15 },
    x: { domain: [...predictors], axis: null },
    y: {
      label,
      grid: true,
      nice: true,
      zero: options.zero ?? true,
      ...(options.domain && { domain: options.domain }),
    },
    marks: [
      ...(options.marks ?? []),
      Plot.ruleX(ranged, {
        ...{ fx: 'group', x: 'predictor', y1: 'low', y2: 'high', stroke: 'color', strokeWidth: 2 },
      }),
      Plot.dot(drawn, { fx: 'group', x: 'predictor', y: 'value', fill: 'color', r: 4 }),
    ],
  });
}
