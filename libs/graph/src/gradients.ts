/**
 * The gradient of each op, as new graph nodes: given the cotangent of its result, the cotangents of its inputs.
 * Rules are written in terms of public functions, so gradients have gradients.
 */
import { matmul } from './contractions.ts';
import { kernelGradient, spreadKernel } from './convolution-gradients.ts';
import { cast, cos, div, equal, less, log, mul, neg, pow, select, sign, sin, sub } from './elementwise.ts';
import { sameShape, size } from './extents.ts';
import { gather, scatterAdd } from './indexing.ts';
import { broadcastTo, pad, reshape, reverse, slice, sliceAxis, transpose } from './movement.ts';
import { reduceSum } from './reductions.ts';
import { scanGradient, type PullBack } from './scan-gradient.ts';
import { isFloat } from './dtypes.ts';

import type { PrimitiveName, Shape, Tensor } from './tensor.ts';

/**
 * @param cotangent d loss / d node, of the node's shape
 * @returns one entry an input; undefined where no gradient flows
 */
export type GradientRule<Op extends PrimitiveName> = (
  cotangent: Tensor,
  node: Tensor<Op>,
  pullBack: PullBack,
) => readonly (Tensor | undefined)[];

/** Piecewise constant, or not of real numbers. */
const none = () => [];

/** A rule of a broadcasting op: what each operand gets is summed over the axes along which it was repeated. */
function broadcasting<Op extends PrimitiveName>(rule: GradientRule<Op>): GradientRule<Op> {
  return (cotangent, node, pullBack) =>
    rule(cotangent, node, pullBack).map((part, index) => part && sumTo(part, node.inputs[index].shape));
}

/** The transpose of broadcastTo. */
function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const repeated = x.shape.flatMap((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : [],
  );
  return reshape(reduceSum(x, repeated), shape);
}

/** A reduction's result with its reduced axes put back, repeated to the shape of what was reduced. */
function restore(x: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return broadcastTo(
    reshape(
      x,
      shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
    ),
    shape,
  );
}

export const gradients: { readonly [Op in PrimitiveName]: GradientRule<Op> } = {
  neg: (g) => [neg(g)],
  exp: (g, y) => [mul(g, y)],
  log: (g, y) => [div(g, y.inputs[0])],
  sqrt: (g, y) => [div(mul(g, 0.5), y)],
  tanh: (g, y) => [mul(g, sub(1, mul(y, y)))],
  sigmoid: (g, y) => [mul(g, mul(y, sub(1, y)))],
  sin: (g, y) => [mul(g, cos(y.inputs[0]))],
  cos: (g, y) => [neg(mul(g, sin(y.inputs[0])))],
  abs: (g, y) => [mul(g, sign(y.inputs[0]))],
  sign: none,
  floor: none,
  not: none,
  stopGradient: none,

  add: broadcasting((g) => [g, g]),
  sub: broadcasting((g) => [g, neg(g)]),
  mul: broadcasting((g, { inputs: [a, b] }) => [mul(g, b), mul(g, a)]),
  div: broadcasting((g, y) => {
    const part = div(g, y.inputs[1]);
    return [part, neg(mul(part, y))];
  }),
  pow: broadcasting((g, y) => {
    const [a, b] = y.inputs;
    // Where b is 0 the slope is 0 for every a, and where a is 0 a^b does not depend on b > 0.
    const power = pow(a, select(equal(b, 0), 1, sub(b, 1)));
    const logarithm = log(select(equal(a, 0), 1, a));
    return [mul(g, mul(b, power)), mul(g, mul(y, logarithm))];
  }),
  max: broadcasting((g, { inputs: [a, b] }) => {
    const first = less(b, a);
    return [select(first, g, 0), select(first, 0, g)];
  }),
  min: broadcasting((g, { inputs: [a, b] }) => {
    const first = less(a, b);
    return [select(first, g, 0), select(first, 0, g)];
  }),
  equal: none,
  less: none,
  lessEqual: none,
  and: none,
  or: none,
  select: broadcasting((g, { inputs: [condition] }) => [
    undefined,
    select(condition, g, 0),
    select(condition, 0, g),
  ]),
  cast: (g, { inputs: [x] }) => [isFloat(x.dtype) ? cast(g, x.dtype) : undefined],

  reshape: (g, { inputs: [x] }) => [reshape(g, x.shape)],
  transpose: (g, { attributes: { permutation } }) => [
    transpose(
      g,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  broadcast: (g, { inputs: [x] }) => [sumTo(g, x.shape)],
  concat: (g, { inputs, attributes: { axis } }) => {
    let start = 0;
    return inputs.map((part) => sliceAxis(g, axis, start, (start += part.shape[axis])));
  },
  slice: (g, { inputs: [x], attributes: { start, stride }, shape }) => {
    const interior = stride.map((step) => step - 1);
    const high = x.shape.map((extent, i) => extent - start[i] - (shape[i] - 1) * stride[i] - 1);
    return [pad(g, start, high, interior)];
  },
  pad: (g, { inputs: [x], attributes: { low, interior } }) => {
    const stride = interior.map((gap) => gap + 1);
    const limit = x.shape.map((extent, i) => low[i] + (extent - 1) * stride[i] + 1);
    return [slice(g, low, limit, stride)];
  },
  reverse: (g, { attributes: { axes } }) => [reverse(g, axes)],

  reduceSum: (g, { inputs: [x], attributes: { axes } }) => [restore(g, x.shape, axes)],
  reduceMax: (g, y) => {
    const { axes } = y.attributes;
    const [x] = y.inputs;
    const attained = cast(equal(x, restore(y, x.shape, axes)), x.dtype);
    return [mul(attained, restore(div(g, reduceSum(attained, axes)), x.shape, axes))];
  },

  matmul: (g, { inputs: [a, b] }) => {
    const inputGradient = sumTo(matmul(g, transpose(b)), a.shape);
    // A weight shared by a batch: one product over all rows, rather than one a batch entry and their sum.
    const [rowsA, rowsG] = b.shape.length === 2 ? [asRows(a), asRows(g)] : [a, g];
    return [inputGradient, sumTo(matmul(transpose(rowsA), rowsG), b.shape)];
  },
  conv2d: (g, node) => {
    const [x, kernel] = node.inputs;
    return [spreadKernel(g, kernel, node.attributes, [x.shape[2], x.shape[3]]), kernelGradient(g, node)];
  },
  gather: (g, { inputs: [x, indices], attributes: { axis } }) => [
    scatterAdd(indices, g, x.shape[axis], axis),
    undefined,
  ],
  scatterAdd: (g, { inputs: [indices], attributes: { axis } }) => [undefined, gather(g, indices, axis)],
  scan: scanGradient,
};

/** [..., N] -> [rows, N] */
function asRows(x: Tensor): Tensor {
  const width = x.shape[x.shape.length - 1];
  return reshape(x, [size(x.shape) / width, width]);
}
