/** Zeros around and between elements, of which ONNX's Pad knows the former. */
import type { DType, Shape } from '@orrery/graph';
import { call, integers, reshapeTo, scalar } from './expression.ts';
import type { Expression } from './expression.ts';

export interface Padding {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly from: Shape;
  readonly dtype: DType;
}

/**
 * Zeros between elements come from padding each element to a row, [n] -> [n, 1] -> [n, 1 + interior], that joins the
 * axis: [n * (1 + interior)]. Its last zeros are taken off by the outer padding, which may be negative.
 */
export function pad(x: Expression, { low, high, interior, from, dtype }: Padding): Expression {
  if (interior.every((gap) => gap === 0)) return outerPad(x, low, high, dtype);
  const rows = from.flatMap((extent, axis) => (interior[axis] > 0 ? [extent, 1] : [extent]));
  const gaps = interior.flatMap((gap) => (gap > 0 ? [0, gap] : [0]));
  const spread = outerPad(
    reshapeTo(rows, x),
    gaps.map(() => 0),
    gaps,
    dtype,
  );
  const joined = reshapeTo(
    from.map((extent, axis) => extent * (interior[axis] + 1)),
    spread,
  );
  return outerPad(
    joined,
    low,
    high.map((after, axis) => after - interior[axis]),
    dtype,
  );
}

function outerPad(x: Expression, low: readonly number[], high: readonly number[], dtype: DType): Expression {
  if ([...low, ...high].every((amount) => amount === 0)) return x;
  return call('Pad', [x, integers([...low, ...high]), scalar(0, dtype)]);
}
