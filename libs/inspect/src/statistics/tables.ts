/** Statistics as tables of text, the same on a terminal and in the report: the first row is the head. */
import type { DatasetStatistics } from './schema.ts';

export type Table = readonly (readonly string[])[];

export function arraysTable({ arrays }: DatasetStatistics): Table {
  return [
    ['array', 'type', 'shape', 'unit', 'min', 'mean', 'max', 'std', 'stored', 'ratio'],
    ...Object.entries(arrays).map(([name, a]) => [
      ...[name, a.dtype, a.shape.join('x'), a.unit],
      ...[a.minimum, a.mean, a.maximum, a.deviation].map(formatNumber),
      ...[formatBytes(a.stored), `${a.ratio.toFixed(1)}x`],
    ]),
  ];
}

export function splitsTable({ splits }: DatasetStatistics): Table {
  return [
    ['split', 'episodes', 'frames', 'in contact', 'energy, last less first', 'largest rise'],
    ...Object.entries(splits).map(([name, s]) => [
      ...[name, String(s.episodes), String(s.frames), percent(s.framesWithContacts)],
      s.energyChange.mean === null
        ? '–'
        : `${percent(s.energyChange.mean)} (${percent(s.energyChange.minimum)} to ${percent(s.energyChange.maximum)})`,
      percent(s.energyRise),
    ]),
  ];
}

export function factorsTable({ splits }: DatasetStatistics): Table {
  const rows = Object.entries(splits).flatMap(([split, { factors }]) =>
    Object.entries(factors).map(([factor, { unit, drawn, declared, inside }]) => [
      ...[split, factor, unit],
      `${formatNumber(declared[0])} to ${formatNumber(declared[1])}`,
      drawn.count === 0 ? '–' : `${formatNumber(drawn.minimum)} to ${formatNumber(drawn.maximum)}`,
      drawn.count === 0 ? 'not recorded' : inside ? 'inside' : 'OUTSIDE',
    ]),
  );
  return [['split', 'factor', 'unit', 'declared', 'drawn', ''], ...rows];
}

/** Eight heights, from nothing to everything. */
const BARS = ' ▁▂▃▄▅▆▇█';

export function actionsTable({ actions }: DatasetStatistics): Table {
  return [
    ['action', '1 means', 'min', 'mean', 'max', 'std', '-1 to 1'],
    ...Object.entries(actions).map(([name, a]) => [
      ...[name, a.limit === null ? `varies, ${a.unit}` : `${formatNumber(a.limit)} ${a.unit}`],
      ...[a.minimum, a.mean, a.maximum, a.deviation].map(formatNumber),
      a.histogram.map((share) => BARS[Math.ceil((8 * share) / Math.max(...a.histogram, 1e-9))]).join(''),
    ]),
  ];
}

export function formatNumber(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** "1.4 GB" */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

function percent(share: number | null): string {
  return share === null ? '–' : `${Number((100 * share).toPrecision(3))} %`;
}
