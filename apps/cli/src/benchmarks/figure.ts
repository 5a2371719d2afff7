/** What a benchmark reports, and what must hold of it. */
import type { Figure } from '../output.ts';

export interface Bound {
  /** Such as "<= 0.1". */
  readonly text: string;
  holds(value: number): boolean;
}
export const atMost = (limit: number): Bound => ({ text: `<= ${limit}`, holds: (value) => value <= limit });
export const atLeast = (limit: number): Bound => ({ text: `>= ${limit}`, holds: (value) => value >= limit });
/** Off by at most `share` of `of`. */
export const within = (of: number, share: number): Bound => ({
  text: `${of} +- ${100 * share} %`,
  holds: (value) => Math.abs(value - of) <= share * Math.abs(of),
});

/** @param bound none: for comparison only */
export const figure = (name: string, value: number, unit: string, bound?: Bound): Figure => ({
  ...{ name, value, unit, bound: bound?.text ?? null },
  holds: bound?.holds(value) ?? true,
});

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
