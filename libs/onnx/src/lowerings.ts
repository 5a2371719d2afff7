/**
 * Each op in ONNX: standard operators of opset 21 only, in the form that onnxruntime's CPU kernels run fastest, and with
 * the dtypes that they lack carried by others that hold every value exactly.
 */
import type { PrimitiveName, Shape, Tensor } from '@orrery/graph';
import { is, sameShape, size } from '@orrery/graph';
import { convolution } from './convolution.ts';
import { call, castTo, expandTo, inFile, integers, reshapeTo, scalar } from './expression.ts';
import type { Expression } from './expression.ts';
import { pad } from './pad.ts';
import { packed, sliceOfScan } from './scan.ts';

/** The value of a tensor, which is put in the file when it is first asked for. */
export type ValueOf = (tensor: Tensor) => Expression;

/** The values of a scan's outputs, in the order of its loop's; the scan is put in the file when it is first asked for. */
export type ResultsOf = (scan: Tensor<'scan'>) => readonly Expression[];

export type Lowering<Op extends PrimitiveName> = (
  node: Tensor<Op>,
  valueOf: ValueOf,
  resultsOf: ResultsOf,
) => Expression;

/** Past the first element when a slice runs backwards. */
const BEFORE_FIRST = -(2 ** 31);

function unary(opType: string) {
  return (node: Tensor, valueOf: ValueOf) => call(opType, [valueOf(node.inputs[0])]);
}

function binary(opType: string) {
  return (node: Tensor, valueOf: ValueOf) => call(opType, broadcasting(node, node.inputs, valueOf));
}

/** Operands without the broadcasts that the operator itself performs. */
function broadcasting(node: Tensor, operands: readonly Tensor[], valueOf: ValueOf): Expression[] {
  const narrow = operands.map(beforeBroadcast);
  const kept = covers(
    narrow.map(({ shape }) => shape),
    node.shape,
  );
  return (kept ? narrow : operands).map((operand) => literalScalar(operand) ?? valueOf(operand));
}

/** Whether these shapes still broadcast to the whole of `shape`. */
function covers(shapes: readonly Shape[], shape: Shape): boolean {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const extent = (axis: number) => Math.max(...shapes.map((own) => own.at(axis - shape.length) ?? 1));
  return rank === shape.length && shape.every((wanted, axis) => wanted === extent(axis));
}

function beforeBroadcast(tensor: Tensor): Tensor {
  let x = tensor;
  while (is(x, 'broadcast')) x = x.inputs[0];
  if (is(x, 'constant') && x.attributes.value.length === 1 && size(x.shape) > 1) return { ...x, shape: [] };
  return x;
}

function literalScalar(tensor: Tensor): Expression | undefined {
  if (!is(tensor, 'constant') || tensor.shape.length > 0) return undefined;
  return scalar(tensor.attributes.value[0], tensor.dtype);
}

function reduce(opType: string) {
  return (node: Tensor<'reduceSum' | 'reduceMax'>, valueOf: ValueOf) => {
    const { axes } = node.attributes;
    const x = valueOf(node.inputs[0]);
    // No axes at all means every axis to ONNX.
    return axes.length === 0 ? x : call(opType, [x, integers(axes)], { keepdims: 0 });
  };
}

interface MaybeTransposed {
  readonly source: Tensor;
  readonly transposed: number;
}

/** A 2-D transpose's input, as Gemm reads either operand transposed. */
function beforeTranspose(tensor: Tensor): MaybeTransposed {
  if (is(tensor, 'transpose') && tensor.attributes.permutation[0] === 1) {
    return { source: tensor.inputs[0], transposed: 1 };
  }
  return { source: tensor, transposed: 0 };
}

/** What a pass over 128 columns and 128 of the inner axis reads and writes of so many rows should fit a core's own cache. */
const BLOCK = 1024;
/** From here on a product is large. */
const WIDE = 512;

/**
 * A large product as products of blocks of its rows: onnxruntime passes over all rows that a thread has for every 128 columns
 * and 128 of the inner axis, and is 2 to 10 % faster with blocks, presumably as these stay in the cache. A left operand that is transposed is so once,
 * which several products may share: Gemm does it anew for every 128 columns, and is 5 to 20 % slower.
 * @returns undefined where it is no large product, or Gemm is as fast
 */
function largeProduct(
  [a, b]: readonly Tensor[],
  left: MaybeTransposed,
  right: MaybeTransposed,
  valueOf: ValueOf,
): Expression | undefined {
  const [rows, inner] = a.shape;
  const columns = b.shape[1];
  let block = rows;
  while (block > BLOCK && block % 2 === 0) block /= 2;
  const useful = left.transposed || (block < rows && inner >= WIDE);
  if (Math.min(rows, columns) < WIDE || !useful) return undefined;
  const blocks = reshapeTo([rows / block, block, inner], valueOf(a));
  // With more axes than the blocks: onnxruntime would make one product of those that share a right operand.
  const shared = reshapeTo([1, 1, ...right.source.shape], valueOf(right.source));
  // This transpose it fuses into the product.
  const other = right.transposed ? call('Transpose', [shared], { perm: [0, 1, 3, 2] }) : shared;
  return reshapeTo([rows, columns], call('MatMul', [blocks, other]));
}

export const lowerings: { readonly [Op in PrimitiveName]: Lowering<Op> } = {
  neg: unary('Neg'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  tanh: unary('Tanh'),
  sigmoid: unary('Sigmoid'),
  sin: unary('Sin'),
  cos: unary('Cos'),
  abs: unary('Abs'),
  sign: unary('Sign'),
  floor: unary('Floor'),
  not: unary('Not'),
  stopGradient: ({ inputs: [x] }, valueOf) => valueOf(x),

  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  pow: binary('Pow'),
  max: binary('Max'),
  min: binary('Min'),
  equal: binary('Equal'),
  less: binary('Less'),
  lessEqual: binary('LessOrEqual'),
  and: binary('And'),
  or: binary('Or'),
  select: (node, valueOf) => {
    const [condition, whenTrue, whenFalse] = broadcasting(node, node.inputs, valueOf);
    if (node.dtype !== 'bool') return call('Where', [condition, whenTrue, whenFalse]);
    // onnxruntime has no kernel of Where for bool.
    const otherwise = call('And', [call('Not', [condition]), whenFalse]);
    return call('Or', [call('And', [condition, whenTrue]), otherwise]);
  },
  cast: ({ inputs: [x], attributes: { dtype } }, valueOf) =>
    inFile(x.dtype) === dtype ? valueOf(x) : castTo(dtype, valueOf(x)),

  reshape: ({ inputs: [x], shape }, valueOf) => reshapeTo(shape, valueOf(x)),
  transpose: ({ inputs: [x], attributes: { permutation } }, valueOf) =>
    call('Transpose', [valueOf(x)], { perm: permutation }),
  broadcast: ({ inputs: [x], shape }, valueOf) =>
    // The WebGPU provider takes Expand of u8, and fails when it runs.
    x.dtype === 'u8' ? castTo('u8', expandTo(shape, castTo('i32', valueOf(x)))) : expandTo(shape, valueOf(x)),
  concat: ({ inputs, attributes: { axis } }, valueOf) => call('Concat', inputs.map(valueOf), { axis }),
  slice: (node, valueOf, resultsOf) => {
    const { inputs, attributes, shape } = node;
    const [x] = inputs;
    const { start, limit, stride } = attributes;
    const result = is(x, 'scan') ? sliceOfScan(x, node, resultsOf(x)) : undefined;
    if (result) return result;
    const axes = shape.flatMap((extent, axis) => (extent === x.shape[axis] ? [] : [axis]));
    const along = (list: readonly number[]) => integers(axes.map((axis) => list[axis]));
    return call('Slice', [valueOf(x), along(start), along(limit), integers(axes), along(stride)]);
  },
  pad: ({ inputs: [x], attributes }, valueOf) =>
    pad(valueOf(x), { ...attributes, from: x.shape, dtype: x.dtype }),
  reverse: ({ inputs: [x], attributes: { axes } }, valueOf) => {
    const each = (value: number) => integers(axes.map(() => value));
    return call('Slice', [valueOf(x), each(-1), each(BEFORE_FIRST), integers(axes), each(-1)]);
  },

  reduceSum: reduce('ReduceSum'),
  reduceMax: reduce('ReduceMax'),

  matmul: ({ inputs: [a, b] }, valueOf) => {
    if (a.shape.length > 2 || b.shape.length > 2) return call('MatMul', [valueOf(a), valueOf(b)]);
    const [left, right] = [beforeTranspose(a), beforeTranspose(b)];
    const large = largeProduct([a, b], left, right, valueOf);
    if (large) return large;
    const operands = [valueOf(left.source), valueOf(right.source)];
    return left.transposed || right.transposed
      ? call('Gemm', operands, { transA: left.transposed, transB: right.transposed })
      : call('MatMul', operands);
  },
  conv2d: convolution,
  gather: ({ inputs: [x, indices], attributes: { axis } }, valueOf) =>
    call('Gather', [valueOf(x), valueOf(indices)], { axis }),
  scatterAdd: ({ inputs: [indices, updates], attributes: { axis, size: extent }, shape, dtype }, valueOf) => {
    // ScatterElements wants an index an update: [outer, positions, inner].
    const outer = size(updates.shape.slice(0, axis));
    const inner = size(shape.slice(axis + 1));
    const spread = [outer, size(indices.shape), inner];
    const positions = reshapeTo([1, size(indices.shape), 1], valueOf(indices));
    const sums = call(
      'ScatterElements',
      [
        expandTo([outer, extent, inner], scalar(0, dtype)),
        expandTo(spread, positions),
        reshapeTo(spread, valueOf(updates)),
      ],
      { axis: 1, reduction: 'add' },
    );
    return sameShape(shape, [outer, extent, inner]) ? sums : reshapeTo(shape, sums);
  },
  scan: (node, _valueOf, resultsOf) => packed(node, resultsOf(node)),
};
