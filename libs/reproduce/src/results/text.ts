/** Results as rows of text: for the terminal and for the README. */
import type { Cell, Column, Published, Results, Row } from './schema.ts';

/** Head and body; a published figure stands right of ours. */
export function resultsTable({ columns, rows }: Pick<Results, 'columns' | 'rows'>): string[][] {
  const shown = columns.filter(({ name }) => rows.some(({ cells }) => Object.hasOwn(cells, name)));
  const compared = (name: string) => rows.some(({ cells }) => cells[name]?.published);
  const head = [
    ...['task', 'row'],
    ...shown.flatMap(({ name, label, unit }) => [
      unit === '' ? label : `${label}, ${unit}`,
      ...(compared(name) ? ['published'] : []),
    ]),
    ...['parameters', 'training', 'time a seed'],
  ];
  const body = rows.map((row) => [
    ...[row.group, row.name],
    ...shown.flatMap((column) => {
      const cell = row.cells[column.name];
      const ours = cell ? formatCell(cell, column) : '–';
      return compared(column.name) ? [ours, formatPublished(cell?.published, column)] : [ours];
    }),
    row.parameters === undefined ? '–' : row.parameters.toLocaleString('en'),
    row.trainingFlops === undefined ? '–' : `${(row.trainingFlops / 1e12).toPrecision(3)} TFLOP`,
    row.seconds === undefined ? '–' : `${row.seconds.toFixed(0)} s${stop(row)}`,
  ]);
  return [head, ...body];
}

const stop = ({ stoppedAt }: Row) => (stoppedAt === undefined ? '' : `, ended at update ${stoppedAt}`);

/** "3.58e-2 ± 0.01e-2" */
export function formatCell({ values, mean, deviation }: Cell, column: Column): string {
  if (values.length === 0) return '–';
  if (mean === null) return 'diverged';
  return deviation === null
    ? formatNumber(mean, column)
    : `${formatNumber(mean, column)} ± ${error(deviation, mean, column)}`;
}

function formatPublished(published: Published | undefined, column: Column): string {
  if (!published) return '–';
  const { value, error: printed, remark } = published;
  const spread = printed === undefined ? '' : ` ± ${error(printed, value, column)}`;
  return `${formatNumber(value, column)}${spread}${remark ? ` (${remark})` : ''}`;
}

/** An error in the power of ten of its value, so that the two can be compared at a glance. */
function error(deviation: number, value: number, { scientific, digits }: Column): string {
  if (!scientific || value === 0) return deviation.toFixed(digits);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const scaled = (deviation / 10 ** exponent).toFixed(digits);
  return exponent === 0 ? scaled : `${scaled}e${exponent}`;
}

export function formatNumber(
  value: number,
  { scientific, digits }: Pick<Column, 'scientific' | 'digits'>,
): string {
  return scientific ? value.toExponential(digits).replace('e+', 'e') : value.toFixed(digits);
}

export function sanityTable({ sanity }: Pick<Results, 'sanity'>): string[][] {
  return [
    ['task', 'check of the data', 'value', 'must be', ''],
    ...sanity.map(({ group, name, value, expected, holds }) => [
      ...[group, name, value.toPrecision(4), expected ?? '–'],
      expected === null ? '' : holds ? 'holds' : 'MISSED',
    ]),
  ];
}
