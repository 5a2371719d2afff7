/** Shape and dtype of each op's result. A rule throws, naming the op and the shapes, where its inputs do not fit. */
import { modelError } from './model-error.ts';
import { allDTypes, isFloat } from './dtypes.ts';
import { broadcastShape, checkShape, formatShape, sameShape, size } from './extents.ts';
import { scanPieces } from './scan-pieces.ts';
import type { DType, OpAttributes, PrimitiveName, Shape, Tensor } from './tensor.ts';

export interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

export type ShapeRule<Op extends PrimitiveName> = (
  inputs: readonly Tensor[],
  attributes: OpAttributes[Op],
) => Signature;

const floats = allDTypes.filter(isFloat);
const signed: readonly DType[] = [...floats, 'i32'];
/** Images are stored as u8 and cast before anything is computed from them. */
const numbers: readonly DType[] = [...signed, 'u32'];
const booleans: readonly DType[] = ['bool'];
const any = allDTypes;

/** @param inputs all of the op's, which the error names */
function requireDType(
  op: string,
  tensor: Tensor,
  allowed: readonly DType[],
  inputs: readonly Tensor[] = [tensor],
): void {
  if (allowed.includes(tensor.dtype)) return;
  const besides = inputs.length > 1 ? `${listed(inputs)}: ` : '';
  throw modelError(
    `${op}: ${besides}${listed([tensor])} is not accepted; cast it to ${allowed.join(' or ')}`,
  );
}

function listed(tensors: readonly Tensor[]): string {
  return tensors.map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`).join(', ');
}

function requireEqualDTypes(op: string, inputs: readonly Tensor[]): void {
  if (inputs.every((tensor) => tensor.dtype === inputs[0].dtype)) return;
  throw modelError(`${op}: ${listed(inputs)}: dtypes differ; cast to one of them`);
}

function unary(op: string, allowed: readonly DType[]) {
  return ([x]: readonly Tensor[]): Signature => {
    requireDType(op, x, allowed);
    return { shape: x.shape, dtype: x.dtype };
  };
}

function binary(op: string, allowed: readonly DType[], result?: DType) {
  return (inputs: readonly Tensor[]): Signature => {
    for (const tensor of inputs) requireDType(op, tensor, allowed, inputs);
    requireEqualDTypes(op, inputs);
    return { shape: broadcast(op, inputs), dtype: result ?? inputs[0].dtype };
  };
}

function broadcast(op: string, inputs: readonly Tensor[]): Shape {
  const shapes = inputs.map((tensor) => tensor.shape);
  const shape = broadcastShape(...shapes);
  if (shape !== undefined) return shape;
  throw modelError(
    `${op}: ${shapes.map(formatShape).join(' and ')} do not broadcast; ` +
      'sizes, aligned at the last axis, must agree or be 1; reshape one side',
  );
}

function reduce(op: string) {
  return ([x]: readonly Tensor[], { axes }: { readonly axes: readonly number[] }): Signature => {
    requireDType(op, x, numbers);
    return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), dtype: x.dtype };
  };
}

function requireLengths(op: string, shape: Shape, lists: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, list] of Object.entries(lists)) {
    if (list.length === shape.length && list.every(Number.isInteger)) continue;
    throw modelError(
      `${op}: ${formatShape(shape)} needs one integer ${name} an axis, not [${list.join(', ')}]`,
    );
  }
}

/** Output size of a sliding window along one axis; not positive when the window does not fit. */
export function windowCount(
  extent: number,
  window: number,
  stride: number,
  padding: readonly [number, number],
  dilation: number,
): number {
  return Math.floor((extent + padding[0] + padding[1] - dilation * (window - 1) - 1) / stride) + 1;
}

export const shapes: { readonly [Op in PrimitiveName]: ShapeRule<Op> } = {
  neg: unary('neg', signed),
  exp: unary('exp', floats),
  log: unary('log', floats),
  sqrt: unary('sqrt', floats),
  tanh: unary('tanh', floats),
  sigmoid: unary('sigmoid', floats),
  sin: unary('sin', floats),
  cos: unary('cos', floats),
  abs: unary('abs', signed),
  sign: unary('sign', signed),
  floor: unary('floor', floats),
  not: unary('not', booleans),
  stopGradient: unary('stopGradient', any),

  add: binary('add', numbers),
  sub: binary('sub', numbers),
  mul: binary('mul', numbers),
  div: binary('div', numbers),
  pow: binary('pow', floats),
  max: binary('maximum', numbers),
  min: binary('minimum', numbers),
  equal: binary('equal', any, 'bool'),
  less: binary('less', numbers, 'bool'),
  lessEqual: binary('lessEqual', numbers, 'bool'),
  and: binary('and', booleans),
  or: binary('or', booleans),

  select: (inputs) => {
    const [condition, whenTrue, whenFalse] = inputs;
    requireDType('select', condition, booleans, inputs);
    requireEqualDTypes('select', [whenTrue, whenFalse]);
    return { shape: broadcast('select', inputs), dtype: whenTrue.dtype };
  },
  cast: ([x], { dtype }) => ({ shape: x.shape, dtype }),

  reshape: ([x], { shape }) => {
    checkShape('reshape', shape);
    if (size(shape) !== size(x.shape)) {
      throw modelError(
        `reshape: ${formatShape(x.shape)} to ${formatShape(shape)}: ` +
          `${size(x.shape)} elements do not fill ${size(shape)}; give sizes with the same product`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  transpose: ([x], { permutation }) => {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (sorted.length !== x.shape.length || sorted.some((axis, index) => axis !== index)) {
      throw modelError(
        `transpose: [${permutation.join(', ')}] does not permute the axes of ${formatShape(x.shape)}; name each once`,
      );
    }
    return { shape: permutation.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  broadcast: ([x], { shape }) => {
    checkShape('broadcastTo', shape);
    const joint = broadcastShape(x.shape, shape);
    if (joint === undefined || !sameShape(joint, shape)) {
      throw modelError(
        `broadcastTo: ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}; ` +
          'its sizes, aligned at the last axis, must agree or be 1; reshape it first',
      );
    }
    return { shape, dtype: x.dtype };
  },
  concat: (inputs, { axis }) => {
    requireEqualDTypes('concat', inputs);
    const [first] = inputs;
    const fits = (x: Tensor) =>
      x.shape.length === first.shape.length && x.shape.every((n, i) => i === axis || n === first.shape[i]);
    if (!inputs.every(fits)) {
      const list = inputs.map((tensor) => formatShape(tensor.shape)).join(', ');
      throw modelError(`concat: ${list} along axis ${axis}: all other sizes must agree`);
    }
    const total = inputs.reduce((sum, tensor) => sum + tensor.shape[axis], 0);
    return { shape: first.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first.dtype };
  },
  slice: ([x], { start, limit, stride }) => {
    requireLengths('slice', x.shape, { start, limit, stride });
    const shape = start.map((from, axis) => Math.ceil((limit[axis] - from) / stride[axis]));
    const fits = (extent: number, axis: number) =>
      start[axis] >= 0 && start[axis] < limit[axis] && limit[axis] <= extent && stride[axis] > 0;
    if (!x.shape.every(fits)) {
      throw modelError(
        `slice: [${start.join(', ')}] to [${limit.join(', ')}] by [${stride.join(', ')}] is not inside ` +
          `${formatShape(x.shape)}; need 0 <= start < limit <= size and stride > 0 on each axis`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  pad: ([x], { low, high, interior }) => {
    requireLengths('pad', x.shape, { low, high, interior });
    if ([...low, ...high, ...interior].some((amount) => amount < 0)) {
      throw modelError(
        `pad: ${formatShape(x.shape)} by low [${low.join(', ')}], high [${high.join(', ')}], ` +
          `interior [${interior.join(', ')}]: amounts must not be negative; slice instead`,
      );
    }
    const shape = x.shape.map((extent, i) => low[i] + extent + (extent - 1) * interior[i] + high[i]);
    return { shape, dtype: x.dtype };
  },
  reverse: ([x]) => ({ shape: x.shape, dtype: x.dtype }),

  reduceSum: reduce('reduceSum'),
  reduceMax: reduce('reduceMax'),

  matmul: ([a, b]) => {
    const pair = `matmul: ${formatShape(a.shape)} x ${formatShape(b.shape)}`;
    for (const factor of [a, b]) requireDType('matmul', factor, floats, [a, b]);
    requireEqualDTypes('matmul', [a, b]);
    if (a.shape.length < 2 || b.shape.length < 2) {
      throw modelError(`${pair}: both sides need two axes or more; reshape a vector to a row or a column`);
    }
    const [inner, rows] = [a.shape.at(-1)!, b.shape.at(-2)!];
    if (inner !== rows)
      throw modelError(`${pair}: inner sizes ${inner} and ${rows} differ; transpose one side`);
    const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (batch === undefined) throw modelError(`${pair}: leading axes do not broadcast; reshape one side`);
    return { shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!], dtype: a.dtype };
  },
  conv2d: ([x, kernel], { stride, padding, dilation }) => {
    const pair = `conv2d: ${formatShape(x.shape)} with kernel ${formatShape(kernel.shape)}`;
    requireDType('conv2d', x, floats, [x, kernel]);
    requireEqualDTypes('conv2d', [x, kernel]);
    if (x.shape.length !== 4 || kernel.shape.length !== 4) {
      throw modelError(`${pair}: need [B, C, H, W] and [O, C, kH, kW]`);
    }
    if (x.shape[1] !== kernel.shape[1]) {
      throw modelError(
        `${pair}: channels ${x.shape[1]} and ${kernel.shape[1]} differ; a kernel is [O, C, kH, kW]`,
      );
    }
    if ([...stride, ...dilation].some((n) => !(n >= 1)) || padding.flat().some((n) => !(n >= 0))) {
      throw modelError(`${pair}: stride and dilation must be at least 1 and padding at least 0`);
    }
    const [height, width] = ([0, 1] as const).map((axis) =>
      windowCount(x.shape[2 + axis], kernel.shape[2 + axis], stride[axis], padding[axis], dilation[axis]),
    );
    if (height < 1 || width < 1) {
      throw modelError(
        `${pair}: the kernel is larger than the padded image; pad more or use a smaller kernel`,
      );
    }
    return { shape: [x.shape[0], kernel.shape[0], height, width], dtype: x.dtype };
  },
  gather: ([x, indices], { axis }) => {
    requireDType('gather', indices, ['i32'], [x, indices]);
    return {
      shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
      dtype: x.dtype,
    };
  },
  scatterAdd: ([indices, updates], { axis, size: extent }) => {
    requireDType('scatterAdd', indices, ['i32'], [indices, updates]);
    requireDType('scatterAdd', updates, numbers, [indices, updates]);
    const end = axis + indices.shape.length;
    if (!sameShape(updates.shape.slice(axis, end), indices.shape)) {
      throw modelError(
        `scatterAdd: updates ${formatShape(updates.shape)} do not hold indices ${formatShape(indices.shape)} ` +
          `at axis ${axis}; shape them as gather's result`,
      );
    }
    checkShape('scatterAdd', [extent]);
    return {
      shape: [...updates.shape.slice(0, axis), extent, ...updates.shape.slice(end)],
      dtype: updates.dtype,
    };
  },
  scan: (inputs, { loop }) => {
    loop.inputs.forEach((own, i) => {
      const { shape, dtype } = own;
      const wanted = i >= loop.carries && i < loop.carries + loop.scanned ? [loop.steps, ...shape] : shape;
      const given = inputs[i];
      if (given && given.dtype === dtype && sameShape(given.shape, wanted)) return;
      const got = given ? `${given.dtype} ${formatShape(given.shape)}` : 'nothing';
      throw modelError(
        `scan: ${got} for ${own.attributes.name}, which is ${dtype} ${formatShape(wanted)}; make them agree`,
      );
    });
    return {
      shape: [scanPieces(loop).reduce((sum, piece) => sum + piece.size, 0)],
      dtype: loop.outputs[0].dtype,
    };
  },
};
