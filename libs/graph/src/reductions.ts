/** Sums, maxima and what is composed of them. Without axes they run over all. */
import { apply } from './apply.ts';
import { add, div, exp, log, mul, sqrt, stopGradient, sub } from './elementwise.ts';
import { resolveAxes, size } from './extents.ts';
import { reshape } from './movement.ts';
import type { Tensor } from './tensor.ts';

export interface ReduceOptions {
  /** Keep reduced axes with size 1, so that the result broadcasts against x. */
  readonly keepDims?: boolean;
}
type Axes = number | readonly number[];

function reduce(
  op: 'reduceSum' | 'reduceMax',
  x: Tensor,
  axes: Axes | undefined,
  { keepDims }: ReduceOptions,
): Tensor {
  const resolved = resolveAxes(op, axes, x.shape);
  const reduced = resolved.length === 0 ? x : apply(op, [x], { axes: resolved });
  if (!keepDims) return reduced;
  return reshape(
    reduced,
    x.shape.map((extent, axis) => (resolved.includes(axis) ? 1 : extent)),
  );
}

export function reduceSum(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('reduceSum', x, axes, options);
}

/** The gradient is shared equally by elements that tie. */
export function reduceMax(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return reduce('reduceMax', x, axes, options);
}

export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const count = size(resolveAxes('mean', axes, x.shape).map((axis) => x.shape[axis]));
  return mul(reduceSum(x, axes, options), 1 / count);
}

/** Mean squared distance from the mean (divided by the count, not count - 1). */
export function variance(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const centred = sub(x, mean(x, axes, { keepDims: true }));
  return mean(mul(centred, centred), axes, options);
}

/** exp(x) / sum(exp(x)) along an axis, shifted by the maximum so that it cannot overflow. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const powers = exp(sub(x, stopGradient(reduceMax(x, axis, { keepDims: true }))));
  return div(powers, reduceSum(powers, axis, { keepDims: true }));
}

/** log(sum(exp(x))), shifted by the maximum so that it cannot overflow. */
export function logSumExp(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  // The shift cancels in the value and in every derivative, so no gradient needs to flow through it.
  const shift = stopGradient(reduceMax(x, axes, { keepDims: true }));
  const sum = log(reduceSum(exp(sub(x, shift)), axes, options));
  return add(sum, reshape(shift, sum.shape));
}

/** log(softmax(x)) without the loss of precision. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const shifted = sub(x, stopGradient(reduceMax(x, axis, { keepDims: true })));
  return sub(shifted, log(reduceSum(exp(shifted), axis, { keepDims: true })));
}

/** sqrt(sum(x^2) + epsilon); with epsilon 0 the gradient at x = 0 is not finite. */
export function l2Norm(
  x: Tensor,
  axes?: Axes,
  options: ReduceOptions & { readonly epsilon?: number } = {},
): Tensor {
  const sum = reduceSum(mul(x, x), axes, options);
  return sqrt(options.epsilon ? add(sum, options.epsilon) : sum);
}

/** x / l2Norm(x) */
export function l2Normalize(x: Tensor, axes: Axes = -1, epsilon = 1e-12): Tensor {
  return div(x, l2Norm(x, axes, { keepDims: true, epsilon }));
}
