/** A comparison of runs as text. */
import { formatQuantity, fromQuantity, type Interval } from '../scorecard/schema.ts';
import { verdictOf, type ComparedFigure, type RunComparison } from './compare-runs.ts';

/**
 * Header, one row a figure (the first run's value, then each other one's with its difference to the first), and what the
 * runs cost.
 */
export function comparisonTable({ runs, figures }: RunComparison): string[][] {
  return [
    ['figure', ...runs.map(({ run }) => run)],
    ...figures.map((figure) => [
      figure.unit === '' ? figure.label : `${figure.label}, ${figure.unit}`,
      ...figure.values.map((value, i) => cell(figure, value, figure.differences[i])),
    ]),
    ['is given', ...runs.map(({ context, given }) => `${context} ${given}`)],
    ['parameters', ...runs.map(({ parameters }) => parameters.toLocaleString('en'))],
    ['FLOPs a frame', ...runs.map(({ flopsPerFrame }) => formatFlops(fromQuantity(flopsPerFrame)))],
    ['a predicted frame, ms', ...runs.map((run) => formatQuantity(run.millisecondsPerFrame, 2))],
  ];
}

function cell(figure: ComparedFigure, value: Interval | null, change: Interval | null): string {
  if (value === null) return '–';
  const number = formatQuantity(value.value, figure.digits);
  return change === null ? number : `${number} (${formatChange(figure, change)})`;
}

/** "59.3 M" */
export function formatFlops(flops: number): string {
  return Number.isNaN(flops) ? '–' : `${(flops / 1e6).toPrecision(3)} M`;
}

/** "+0.41, 0.12 to 0.70, better": the last word where the interval leaves out 0. */
export function formatChange(figure: ComparedFigure, change: Interval): string {
  const sign = typeof change.value === 'number' && change.value > 0 ? '+' : '';
  const format = (quantity: Interval['value']) => formatQuantity(quantity, figure.digits);
  const verdict = [', worse', '', ', better'][verdictOf(figure, change) + 1];
  const range = change.low === null ? '' : `, ${format(change.low)} to ${format(change.high)}`;
  return `${sign}${format(change.value)}${range}${verdict}`;
}
