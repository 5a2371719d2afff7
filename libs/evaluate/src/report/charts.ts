/** Charts as SVG text, without a browser: @observablehq/plot over linkedom's document. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Metric } from '../metrics/definition.ts';
import { fromQuantity, type Scorecard } from '../scorecard/schema.ts';
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
  scorecard: Scorecard,
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
