/**
 * Floating-point operations of each op: a product and its sum count as two, any other element-wise function as one,
 * and moving data as none.
 */
import { size } from './extents.ts';
import { order } from './order.ts';
import type { PrimitiveName, Tensor } from './tensor.ts';

export type FlopsRule<Op extends PrimitiveName> = (node: Tensor<Op>) => number;

const none = () => 0;
const perElement = (node: Tensor) => size(node.shape);
const perInputElement = ({ inputs: [x] }: Tensor) => size(x.shape);

export const flops: { readonly [Op in PrimitiveName]: FlopsRule<Op> } = {
  neg: perElement,
  exp: perElement,
  log: perElement,
  sqrt: perElement,
  tanh: perElement,
  sigmoid: perElement,
  sin: perElement,
  cos: perElement,
  abs: perElement,
  sign: perElement,
  floor: perElement,
  not: perElement,
  stopGradient: none,

  add: perElement,
  sub: perElement,
  mul: perElement,
  div: perElement,
  pow: perElement,
  max: perElement,
  min: perElement,
  equal: perElement,
  less: perElement,
  lessEqual: perElement,
  and: perElement,
  or: perElement,
  select: perElement,
  cast: none,

  reshape: none,
  transpose: none,
  broadcast: none,
  concat: none,
  slice: none,
  pad: none,
  reverse: none,

  reduceSum: perInputElement,
  reduceMax: perInputElement,

  matmul: ({ inputs: [a], shape }) => 2 * size(shape) * a.shape[a.shape.length - 1],
  conv2d: ({ inputs: [, kernel], shape }) => 2 * size(shape) * size(kernel.shape.slice(1)),
  gather: none,
  scatterAdd: ({ inputs: [, updates] }) => size(updates.shape),
  scan: ({ attributes: { loop } }) =>
    loop.steps *
    order(loop.outputs)
      .filter(({ inputs }) => inputs.length > 0)
      .reduce(
        (sum, node) =>
          sum + (flops[node.op as PrimitiveName] as FlopsRule<PrimitiveName>)(node as Tensor<PrimitiveName>),
        0,
      ),
};
