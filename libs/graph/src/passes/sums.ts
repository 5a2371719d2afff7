/** Simplifications of reductions and products: factors leave sums, and repeated terms become factors. */
import { apply, is } from '../apply.ts';
import { div, mul, neg } from '../elementwise.ts';
import { sameShape, size } from '../extents.ts';
import { broadcastTo, reshape } from '../movement.ts';
import { reduceMax, reduceSum } from '../reductions.ts';
import { isFloat } from '../dtypes.ts';
import { constant, full } from '../sources.ts';
import type { Shape, Tensor } from '../tensor.ts';
import { splatValue } from './recognize.ts';
import type { Simplifications } from './rewrite.ts';

type Reduction = Tensor<'reduceSum'> | Tensor<'reduceMax'>;

export const contractions: Simplifications = {
  reduceSum: (node) => {
    const [x] = node.inputs;
    const { axes } = node.attributes;
    const splat = splatValue(x);
    const terms = size(axes.map((axis) => x.shape[axis]));
    if (splat !== undefined && isFloat(x.dtype)) return full(node.shape, splat * terms, node.dtype);
    if (is(x, 'neg')) return neg(reduceSum(x.inputs[0], axes));
    if (is(x, 'broadcast')) {
      const [source] = x.inputs;
      const own = ownAxes(source, x, axes);
      const copies = terms / size(own.map((axis) => source.shape[axis]));
      const sum = mul(reduceSum(source, own), constant(copies, [], node.dtype));
      return broadcastTo(sum, node.shape);
    }
    return factored(node) ?? merged(node);
  },
  reduceMax: (node) => {
    const [x] = node.inputs;
    const splat = splatValue(x);
    if (splat !== undefined) return full(node.shape, splat, node.dtype);
    if (!is(x, 'broadcast')) return merged(node);
    const [source] = x.inputs;
    return broadcastTo(reduceMax(source, ownAxes(source, x, node.attributes.axes)), node.shape);
  },
  matmul: (node) => {
    if (node.inputs.some((operand) => splatValue(operand) === 0)) return full(node.shape, 0, node.dtype);
    const inputs = node.inputs.map(withoutRepeatedMatrices);
    if (inputs.every((operand, index) => operand === node.inputs[index])) return undefined;
    return broadcastTo(apply('matmul', inputs, {}), node.shape);
  },
  conv2d: (node) => {
    return node.inputs.some((operand) => splatValue(operand) === 0)
      ? full(node.shape, 0, node.dtype)
      : undefined;
  },
  scatterAdd: (node) => (splatValue(node.inputs[1]) === 0 ? full(node.shape, 0, node.dtype) : undefined),
};

/** A reduction over axes of size 1, or of a reduction of its own kind. */
function merged(node: Reduction): Tensor | undefined {
  const [x] = node.inputs;
  const { axes } = node.attributes;
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(x, node.shape);
  if (x.op !== node.op) return undefined;
  const inner = (x as Reduction).attributes.axes;
  const source = x.inputs[0];
  const left = source.shape.flatMap((_, axis) => (inner.includes(axis) ? [] : [axis]));
  const all = [...inner, ...axes.map((axis) => left[axis])].sort((a, b) => a - b);
  return apply(node.op, [source], { axes: all });
}

/** sum(a b) -> sum(a) b, and sum(a / b) -> sum(a) / b, where b is the same for all terms of a sum. */
function factored(node: Tensor<'reduceSum'>): Tensor | undefined {
  const [x] = node.inputs;
  const { axes } = node.attributes;
  if (!isFloat(x.dtype) || !(is(x, 'mul') || is(x, 'div'))) return undefined;
  const [a, b] = x.inputs;
  const shared = (factor: Tensor, other: Tensor) => {
    const { shape } = aligned(factor, x.shape.length);
    return sameShape(other.shape, x.shape) && axes.every((axis) => shape[axis] === 1);
  };
  const once = (factor: Tensor) => reduceSum(aligned(factor, x.shape.length), axes);
  if (shared(b, a)) return (is(x, 'mul') ? mul : div)(reduceSum(a, axes), once(b));
  return is(x, 'mul') && shared(a, b) ? mul(reduceSum(b, axes), once(a)) : undefined;
}

/** Axes of a repeated tensor, as axes of what it repeats; those that the repetition added are absent. */
function ownAxes(source: Tensor, repeated: Tensor, axes: readonly number[]): number[] {
  const lead = repeated.shape.length - source.shape.length;
  return axes.filter((axis) => axis >= lead).map((axis) => axis - lead);
}

/** x with leading axes of size 1, up to a rank. */
function aligned(x: Tensor, rank: number): Tensor {
  const ones: Shape = new Array<number>(rank - x.shape.length).fill(1);
  return reshape(x, [...ones, ...x.shape]);
}

function withoutRepeatedMatrices(operand: Tensor): Tensor {
  if (!is(operand, 'broadcast')) return operand;
  const [source] = operand.inputs;
  return source.shape.length >= 2 && sameShape(source.shape.slice(-2), operand.shape.slice(-2))
    ? source
    : operand;
}
