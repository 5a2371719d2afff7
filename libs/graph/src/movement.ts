/** Ops that move elements without computing. Each returns x itself where there is nothing to move. */
import { modelError } from './model-error.ts';
import { apply } from './apply.ts';
import { formatShape, resolveAxes, resolveAxis, sameShape, size } from './extents.ts';
import type { Shape, Tensor } from './tensor.ts';

/** @param shape one size may be -1: it takes what is left */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const wild = shape.indexOf(-1);
  if (wild < 0) return sameShape(x.shape, shape) ? x : apply('reshape', [x], { shape: [...shape] });
  const rest = size(shape.toSpliced(wild, 1));
  if (!(rest > 0) || size(x.shape) % rest !== 0) {
    throw modelError(
      `reshape: ${formatShape(x.shape)} to ${formatShape(shape)}: ${size(x.shape)} elements are no multiple of ` +
        `${rest}; give sizes whose product divides it, and -1 once`,
    );
  }
  return reshape(x, shape.with(wild, size(x.shape) / rest));
}

/** @param permutation output axis i is input axis permutation[i]; by default the last two axes change places */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  if (permutation === undefined && rank < 2) {
    throw modelError(`transpose: ${formatShape(x.shape)} has no two axes to swap; reshape it first`);
  }
  const axes = x.shape.map((_, axis) => axis);
  const resolved = permutation
    ? permutation.map((axis) => resolveAxis('transpose', axis, x.shape))
    : [...axes.slice(0, -2), rank - 1, rank - 2];
  if (resolved.length === rank && resolved.every((axis, index) => axis === index)) return x;
  return apply('transpose', [x], { permutation: resolved });
}

/** NumPy's broadcast_to. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply('broadcast', [x], { shape: [...shape] });
}

export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw modelError('concat: no tensors; give at least one');
  const resolved = resolveAxis('concat', axis, tensors[0].shape);
  return tensors.length === 1 ? tensors[0] : apply('concat', [...tensors], { axis: resolved });
}

/**
 * One entry an axis; start inclusive, limit exclusive; negative ones count from the end.
 * @param stride positive, 1 by default
 */
export function slice(
  x: Tensor,
  start: readonly number[],
  limit: readonly number[],
  stride: readonly number[] = x.shape.map(() => 1),
): Tensor {
  const fromEnd = (position: number, axis: number) => (position < 0 ? position + x.shape[axis] : position);
  const result = apply('slice', [x], {
    start: start.map(fromEnd),
    limit: limit.map(fromEnd),
    stride: [...stride],
  });
  return sameShape(result.shape, x.shape) ? x : result;
}

/** x[start:limit:stride] along one axis; limit is the axis's size by default. */
export function sliceAxis(x: Tensor, axis: number, start: number, limit?: number, stride = 1): Tensor {
  const along = resolveAxis('sliceAxis', axis, x.shape);
  return slice(
    x,
    x.shape.map((_, i) => (i === along ? start : 0)),
    x.shape.map((extent, i) => (i === along ? (limit ?? extent) : extent)),
    x.shape.map((_, i) => (i === along ? stride : 1)),
  );
}

/** Entry `index` along an axis, which is dropped. */
export function take(x: Tensor, index: number, axis = 0): Tensor {
  const along = resolveAxis('take', axis, x.shape);
  const from = index < 0 ? index + x.shape[along] : index;
  return squeeze(sliceAxis(x, along, from, from + 1), along);
}

/**
 * Zeros before and after each axis, and between its elements.
 * @param low, high, interior one entry an axis, not negative; high is low by default, interior 0
 */
export function pad(
  x: Tensor,
  low: readonly number[],
  high: readonly number[] = low,
  interior: readonly number[] = x.shape.map(() => 0),
): Tensor {
  const result = apply('pad', [x], { low: [...low], high: [...high], interior: [...interior] });
  return sameShape(result.shape, x.shape) ? x : result;
}

/** Reverses the order along axes; all of them by default. */
export function reverse(x: Tensor, axes?: number | readonly number[]): Tensor {
  const resolved = resolveAxes('reverse', axes, x.shape).filter((axis) => x.shape[axis] > 1);
  return resolved.length === 0 ? x : apply('reverse', [x], { axes: resolved });
}

/** Drops axes of size 1; all such by default. */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const resolved =
    axes === undefined
      ? x.shape.flatMap((n, i) => (n === 1 ? [i] : []))
      : resolveAxes('squeeze', axes, x.shape);
  const wide = resolved.find((axis) => x.shape[axis] !== 1);
  if (wide !== undefined) {
    throw modelError(
      `squeeze: axis ${wide} of ${formatShape(x.shape)} has size ${x.shape[wide]}, not 1; take one entry`,
    );
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !resolved.includes(axis)),
  );
}

/** Inserts an axis of size 1 that becomes `axis` of the result. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = resolveAxis('expandDims', axis, [...x.shape, 1]);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const odd = tensors.find((tensor) => !sameShape(tensor.shape, tensors[0].shape));
  if (odd) {
    throw modelError(
      `stack: ${formatShape(tensors[0].shape)} and ${formatShape(odd.shape)} differ; shapes must agree`,
    );
  }
  if (tensors.length === 0) throw modelError('stack: no tensors; give at least one');
  const at = resolveAxis('stack', axis, [...tensors[0].shape, 1]);
  return concat(
    tensors.map((tensor) => expandDims(tensor, at)),
    at,
  );
}

/** @param parts a number of equal parts, or the size of each part */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  const along = resolveAxis('split', axis, x.shape);
  const extent = x.shape[along];
  const sizes = typeof parts === 'number' ? new Array<number>(parts).fill(extent / parts) : parts;
  const total = sizes.reduce((sum, n) => sum + n, 0);
  if (total !== extent || !sizes.every((n) => Number.isInteger(n) && n > 0)) {
    throw modelError(
      `split: axis ${along} of ${formatShape(x.shape)} into [${sizes.join(', ')}]: ` +
        `positive integers that add up to ${extent} are needed`,
    );
  }
  let start = 0;
  return sizes.map((n) => sliceAxis(x, along, start, (start += n)));
}
