/** For tests: reproducible values for programs, and how far two results are apart. */
import { allocate, isFloat, size } from '../index.ts';
import type { DType, Program, TypedArray } from '../index.ts';

/** 16 bits: two roundings. */
const tolerances: Readonly<Record<DType, number>> = {
  ...{ f32: 1e-5, f64: 1e-12, f16: 2 ** -10, bf16: 2 ** -7, i32: 0, u32: 0, u8: 0, bool: 0 },
};

/** Lowest and highest value of an input; floats are multiples of 1/16, so that ties and whole numbers occur. */
export type Range = readonly [low: number, high: number];

/** Reproducible values: Lehmer's generator (Park and Miller 1988). */
export function values(dtype: DType, length: number, seed: number, [low, high]: Range): TypedArray {
  const parts = isFloat(dtype) ? 16 : 1;
  const data = allocate(dtype, length);
  let state = (seed % 2147483646) + 1;
  for (let i = 0; i < length; i++) {
    state = (state * 48271) % 2147483647;
    data[i] = low + Math.floor((state / 2147483647) * ((high - low) * parts + 1)) / parts;
  }
  return data;
}

const defaults: Readonly<Record<DType, Range>> = {
  f32: [-4, 4],
  f64: [-4, 4],
  f16: [-4, 4],
  bf16: [-4, 4],
  i32: [-9, 9],
  u32: [0, 2 ** 32 - 1],
  u8: [0, 255],
  bool: [0, 1],
};

export function feedsOf(
  program: Program,
  seed: number,
  ranges: Readonly<Record<string, Range>> = {},
): Record<string, TypedArray> {
  return Object.fromEntries(
    program.inputs.map(({ attributes: { name }, dtype, shape }, index) => [
      name,
      values(dtype, size(shape), seed + 7919 * index, ranges[name] ?? defaults[dtype]),
    ]),
  );
}

/** The largest |a - b| / (1 + |b|), in units of what the dtype allows (1e-5 for f32, 1e-12 for f64). */
export function disagreement(a: TypedArray, b: TypedArray, dtype: DType): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const difference = Math.abs(a[i] - b[i]) / (1 + Math.abs(b[i]));
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference / tolerances[dtype]);
  }
  return worst;
}
