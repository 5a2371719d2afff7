/**
 * Each op in StableHLO: the operations that XLA's back ends for CPU, GPU and Trainium all take, with static shapes.
 * Sums of 16-bit floats are taken in f32 and rounded once, as the reference does.
 */
import { bytesPerElement, isFloat } from '@orrery/graph';
import type { DType, PrimitiveName, Tensor } from '@orrery/graph';
import { broadcastValue, concatenate, convert, elementwise, fill, reshapeTo, signature } from './block.ts';
import type { Block, Value } from './block.ts';
import { gather, scatterAdd } from './indexing.ts';
import { packed } from './scan.ts';
import { list, ranges, typeText } from './types.ts';

/**
 * How exact products of f32 are, as StableHLO names it: HIGHEST is f32 everywhere; with DEFAULT, XLA takes the factors
 * as TF32 on NVIDIA's tensor cores. Of other dtypes back ends know one way alone.
 */
export type OperandPrecision = 'DEFAULT' | 'HIGHEST';

/** What a row may ask for beside the values of its node's operands. */
export interface Surroundings {
  readonly block: Block;
  readonly precision: OperandPrecision;
  /** The values of a scan's outputs, in the order of its loop's; the scan is written when it is first asked for. */
  resultsOf(scan: Tensor<'scan'>): readonly Value[];
}

export type Lowering<Op extends PrimitiveName> = (
  operands: readonly Value[],
  node: Tensor<Op>,
  surroundings: Surroundings,
) => Value;

/** Operands are broadcast to the node's shape. */
function map(op: string) {
  return (operands: readonly Value[], { shape }: Tensor, { block }: Surroundings): Value =>
    elementwise(
      block,
      op,
      operands.map((x) => broadcastValue(block, x, shape)),
    );
}

function compare(direction: 'EQ' | 'NE' | 'LT' | 'LE') {
  return (
    operands: readonly Value[],
    { shape }: { readonly shape: Tensor['shape'] },
    { block }: Surroundings,
  ) => {
    const [a, b] = operands.map((x) => broadcastValue(block, x, shape));
    const kind = isFloat(a.dtype) ? 'FLOAT' : a.dtype === 'i32' ? 'SIGNED' : 'UNSIGNED';
    const type = { shape, dtype: 'bool' as const };
    return block.write(
      `stablehlo.compare ${direction}, ${a.name}, ${b.name}, ${kind} : ${signature([a, b], type)}`,
      type,
    );
  };
}

/** The dtype in which sums of another are taken. */
export function sumDType(dtype: DType): DType {
  return isFloat(dtype) && bytesPerElement(dtype) === 2 ? 'f32' : dtype;
}

function reduce(op: 'add' | 'maximum', initial: (dtype: DType) => number) {
  return ([x]: readonly Value[], node: Tensor<'reduceSum' | 'reduceMax'>, { block }: Surroundings): Value => {
    const { axes } = node.attributes;
    if (axes.length === 0) return x;
    const wide = convert(block, x, op === 'add' ? sumDType(x.dtype) : x.dtype);
    const start = fill(block, initial(wide.dtype), { shape: [], dtype: wide.dtype });
    const type = { shape: node.shape, dtype: wide.dtype };
    const reduced = block.write(
      `stablehlo.reduce(${wide.name} init: ${start.name}) applies stablehlo.${op} across dimensions = ${list(axes)} : ` +
        signature([wide, start], type),
      type,
    );
    return convert(block, reduced, node.dtype);
  };
}

/** A sum of products over axes of both, summed in `sumDType`. */
function contract(
  [a, b]: readonly Value[],
  batching: readonly number[],
  [left, right]: readonly [readonly number[], readonly number[]],
  node: Tensor<'matmul'>,
  { block, precision }: Surroundings,
): Value {
  const lead = batching.length > 0 ? `batching_dims = ${list(batching)} x ${list(batching)}, ` : '';
  const exact = node.dtype === 'f32' ? `, precision = [${precision}, ${precision}]` : '';
  const type = { shape: node.shape, dtype: sumDType(node.dtype) };
  const product = block.write(
    `stablehlo.dot_general ${a.name}, ${b.name}, ${lead}contracting_dims = ${list(left)} x ${list(right)}${exact} : ` +
      signature([a, b], type),
    type,
  );
  return convert(block, product, node.dtype);
}

/** A^T B of [..., K] and [..., N] -> [K, N]: all leading axes are rows. */
export function contractRows(
  operands: readonly Value[],
  node: Tensor<'matmul'>,
  surroundings: Surroundings,
): Value {
  const rows = operands[0].shape.slice(0, -1).map((_, axis) => axis);
  return contract(operands, [], [rows, rows], node, surroundings);
}

const lowest = (dtype: DType) => (isFloat(dtype) ? -Infinity : dtype === 'i32' ? -(2 ** 31) : 0);

export const lowerings: { readonly [Op in PrimitiveName]: Lowering<Op> } = {
  neg: map('negate'),
  exp: map('exponential'),
  log: map('log'),
  sqrt: map('sqrt'),
  tanh: map('tanh'),
  sigmoid: map('logistic'),
  sin: map('sine'),
  cos: map('cosine'),
  abs: map('abs'),
  sign: map('sign'),
  floor: map('floor'),
  not: map('not'),
  stopGradient: ([x]) => x,

  add: map('add'),
  sub: map('subtract'),
  mul: map('multiply'),
  div: map('divide'),
  pow: map('power'),
  max: map('maximum'),
  min: map('minimum'),
  equal: compare('EQ'),
  less: compare('LT'),
  lessEqual: compare('LE'),
  and: map('and'),
  or: map('or'),
  select: (operands, { shape }, { block }) => {
    const [condition, whenTrue, whenFalse] = operands.map((x) => broadcastValue(block, x, shape));
    return block.write(
      `stablehlo.select ${condition.name}, ${whenTrue.name}, ${whenFalse.name} : ${typeText(condition)}, ${typeText(whenTrue)}`,
      whenTrue,
    );
  },
  cast: ([x], { attributes: { dtype } }, surroundings) => {
    const { block } = surroundings;
    if (dtype !== 'bool' || x.dtype === 'bool') return convert(block, x, dtype);
    return compare('NE')([x, fill(block, 0, x)], x, surroundings);
  },

  reshape: ([x], { shape }, { block }) => reshapeTo(block, x, shape),
  transpose: ([x], node, { block }) =>
    block.write(
      `stablehlo.transpose ${x.name}, dims = ${list(node.attributes.permutation)} : ${signature([x], node)}`,
      node,
    ),
  broadcast: ([x], { shape }, { block }) => broadcastValue(block, x, shape),
  concat: (operands, { attributes: { axis } }, { block }) => concatenate(block, operands, axis),
  slice: ([x], node, { block }) => {
    const { start, limit, stride } = node.attributes;
    return block.write(
      `stablehlo.slice ${x.name} ${ranges(start, limit, stride)} : ${signature([x], node)}`,
      node,
    );
  },
  pad: ([x], node, { block }) => {
    const { low, high, interior } = node.attributes;
    const zero = fill(block, 0, { shape: [], dtype: x.dtype });
    return block.write(
      `stablehlo.pad ${x.name}, ${zero.name}, low = ${list(low)}, high = ${list(high)}, interior = ${list(interior)} : ` +
        signature([x, zero], node),
      node,
    );
  },
  reverse: ([x], { attributes: { axes } }, { block }) =>
    axes.length === 0
      ? x
      : block.write(`stablehlo.reverse ${x.name}, dims = ${list(axes)} : ${typeText(x)}`, x),

  reduceSum: reduce('add', () => 0),
  reduceMax: reduce('maximum', lowest),

  matmul: ([a, b], node, surroundings) => {
    // A matrix that serves all leading indices has no batch: one product, whose rows are many.
    if (b.shape.length === 2) return contract([a, b], [], [[a.shape.length - 1], [0]], node, surroundings);
    const { block } = surroundings;
    const batch = node.shape.slice(0, -2);
    const [left, right] = [a, b].map((x) => broadcastValue(block, x, [...batch, ...x.shape.slice(-2)]));
    const [rows, inner] = [batch.length, batch.length + 1];
    return contract([left, right], batch.map((_, axis) => axis), [[inner], [rows]], node, surroundings); // prettier-ignore
  },
  conv2d: ([x, kernel], node, { block, precision }) => {
    const { stride, padding, dilation } = node.attributes;
    const pads = `[${list(padding[0])}, ${list(padding[1])}]`;
    const own = `#stablehlo<precision ${precision}>`;
    const exact = node.dtype === 'f32' ? `, precision_config = [${own}, ${own}]` : '';
    const type = { shape: node.shape, dtype: sumDType(node.dtype) };
    const convolved = block.write(
      `stablehlo.convolution(${x.name}, ${kernel.name}) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], ` +
        `window = {stride = ${list(stride)}, pad = ${pads}, rhs_dilate = ${list(dilation)}} ` +
        `{batch_group_count = 1 : i64, feature_group_count = 1 : i64${exact}} : ${signature([x, kernel], type)}`,
      type,
    );
    return convert(block, convolved, node.dtype);
  },
  gather: ([x, indices], node, { block }) => gather(block, x, indices, node),
  scatterAdd: ([indices, updates], node, { block }) => {
    const sums = scatterAdd(block, indices, convert(block, updates, sumDType(node.dtype)), node);
    return convert(block, sums, node.dtype);
  },
  scan: (_operands, node, { block, resultsOf }) => packed(block, node.attributes.loop, resultsOf(node)),
};
