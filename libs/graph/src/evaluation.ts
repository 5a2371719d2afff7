/**
 * What each op computes, one element at a time: the reference that every backend is tested against. Arithmetic is in
 * double precision; storing a result rounds it to the dtype, so a graph rounds once an op (`evaluate` rounds 16 bits).
 */
import { size, stridesOf } from './extents.ts';
import { scanPieces } from './scan-pieces.ts';
import { allocate, isFloat } from './dtypes.ts';
import type { PrimitiveName, Shape, Tensor, TypedArray } from './tensor.ts';

/** @param inputs row-major values of the node's inputs */
export type EvaluationRule<Op extends PrimitiveName> = (
  inputs: readonly TypedArray[],
  node: Tensor<Op>,
  evaluateBody: EvaluateBody,
) => TypedArray;

/** `evaluate` of evaluate.ts, which the rules cannot import: it is built on them. */
export type EvaluateBody = (
  outputs: readonly Tensor[],
  feeds: Readonly<Record<string, TypedArray>>,
) => readonly TypedArray[];

/** Positions in an array of each element of a view with this shape and these strides, row-major. */
function positions(shape: Shape, strides: readonly number[], start = 0): Int32Array {
  let result = Int32Array.of(start);
  for (let axis = 0; axis < shape.length; axis++) {
    const next = new Int32Array(result.length * shape[axis]);
    result.forEach((base, outer) => {
      for (let i = 0; i < shape[axis]; i++) next[outer * shape[axis] + i] = base + i * strides[axis];
    });
    result = next;
  }
  return result;
}

/** Where each element of a tensor, broadcast to `shape`, is read. */
function broadcastPositions(from: Shape, shape: Shape): Int32Array {
  const lead = shape.length - from.length;
  const own = stridesOf(from);
  const strides = shape.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : own[axis - lead]));
  return positions(shape, strides);
}

function result(node: Tensor): TypedArray {
  return allocate(node.dtype, size(node.shape));
}

/** Element i of the result is computed from the elements of the inputs that broadcast to i. */
function elementwise(compute: (...values: number[]) => number | boolean) {
  return (inputs: readonly TypedArray[], node: Tensor): TypedArray => {
    const from = node.inputs.map((operand) => broadcastPositions(operand.shape, node.shape));
    return result(node).map((_, i) => Number(compute(...inputs.map((values, k) => values[from[k][i]]))));
  };
}

const product = elementwise((a, b) => a * b);
/** Its low 32 bits, which a double would not hold. */
const integerProduct = elementwise(Math.imul);

/** Element i of the result is read from position from[i]. */
function read(values: TypedArray, from: Int32Array, node: Tensor): TypedArray {
  return result(node).map((_, i) => values[from[i]]);
}

/** Reductions run in double precision and round at the end. */
function reduce(initial: number, combine: (a: number, b: number) => number) {
  return ([values]: readonly TypedArray[], node: Tensor<'reduceSum' | 'reduceMax'>): TypedArray => {
    const { shape } = node.inputs[0];
    const { axes } = node.attributes;
    const own = stridesOf(node.shape);
    let kept = 0;
    const to = positions(
      shape,
      shape.map((_, axis) => (axes.includes(axis) ? 0 : own[kept++])),
    );
    const sums = new Float64Array(size(node.shape)).fill(initial);
    values.forEach((value, i) => (sums[to[i]] = combine(sums[to[i]], value)));
    return result(node).map((_, i) => sums[i]);
  };
}

/** Number of elements of one entry along an axis. */
function entrySize(shape: Shape, axis: number): number {
  return size(shape.slice(axis + 1));
}

function checkIndex(op: string, index: number, extent: number): void {
  if (index >= 0 && index < extent) return;
  throw new Error(`${op}: index ${index} is outside 0 to ${extent - 1}; clip the indices`);
}

export const evaluations: { readonly [Op in PrimitiveName]: EvaluationRule<Op> } = {
  neg: elementwise((x) => -x),
  exp: elementwise(Math.exp),
  log: elementwise(Math.log),
  sqrt: elementwise(Math.sqrt),
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  sin: elementwise(Math.sin),
  cos: elementwise(Math.cos),
  abs: elementwise(Math.abs),
  sign: elementwise(Math.sign),
  floor: elementwise(Math.floor),
  not: elementwise((x) => !x),
  stopGradient: ([x]) => x,

  add: elementwise((a, b) => a + b),
  sub: elementwise((a, b) => a - b),
  mul: (inputs, node) => (isFloat(node.dtype) ? product : integerProduct)(inputs, node),
  div: elementwise((a, b) => a / b),
  // As IEEE 754 has it; ECMAScript says NaN where 1 is raised to NaN, or 1 or -1 to an infinity.
  pow: elementwise((a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b)),
  max: elementwise(Math.max),
  min: elementwise(Math.min),
  equal: elementwise((a, b) => a === b),
  less: elementwise((a, b) => a < b),
  lessEqual: elementwise((a, b) => a <= b),
  and: elementwise((a, b) => a && b),
  or: elementwise((a, b) => a || b),
  select: elementwise((condition, whenTrue, whenFalse) => (condition ? whenTrue : whenFalse)),
  cast: ([x], node) => result(node).map((_, i) => (node.dtype === 'bool' ? Number(x[i] !== 0) : x[i])),

  reshape: ([x]) => x,
  transpose: ([x], node) => {
    const own = stridesOf(node.inputs[0].shape);
    const strides = node.attributes.permutation.map((axis) => own[axis]);
    return read(x, positions(node.shape, strides), node);
  },
  broadcast: ([x], node) => read(x, broadcastPositions(node.inputs[0].shape, node.shape), node),
  concat: (inputs, node) => {
    const { axis } = node.attributes;
    const strides = stridesOf(node.shape);
    const joined = result(node);
    let start = 0;
    inputs.forEach((values, k) => {
      const to = positions(node.inputs[k].shape, strides, start * strides[axis]);
      values.forEach((value, i) => (joined[to[i]] = value));
      start += node.inputs[k].shape[axis];
    });
    return joined;
  },
  slice: ([x], node) => {
    const { start, stride } = node.attributes;
    const own = stridesOf(node.inputs[0].shape);
    const first = start.reduce((sum, from, axis) => sum + from * own[axis], 0);
    const strides = own.map((step, axis) => step * stride[axis]);
    return read(x, positions(node.shape, strides, first), node);
  },
  pad: ([x], node) => {
    const { low, interior } = node.attributes;
    const own = stridesOf(node.shape);
    const first = low.reduce((sum, before, axis) => sum + before * own[axis], 0);
    const strides = own.map((step, axis) => step * (interior[axis] + 1));
    const to = positions(node.inputs[0].shape, strides, first);
    const padded = result(node);
    x.forEach((value, i) => (padded[to[i]] = value));
    return padded;
  },
  reverse: ([x], node) => {
    const { axes } = node.attributes;
    const own = stridesOf(node.shape);
    const first = axes.reduce((sum, axis) => sum + (node.shape[axis] - 1) * own[axis], 0);
    const strides = own.map((step, axis) => (axes.includes(axis) ? -step : step));
    return read(x, positions(node.shape, strides, first), node);
  },

  reduceSum: reduce(0, (a, b) => a + b),
  reduceMax: reduce(-Infinity, Math.max),

  matmul: ([a, b], node) => {
    const [shapeA, shapeB] = node.inputs.map((operand) => operand.shape);
    const batch = node.shape.slice(0, -2);
    const [rows, columns] = node.shape.slice(-2);
    const inner = shapeA[shapeA.length - 1];
    const fromA = broadcastPositions(shapeA.slice(0, -2), batch);
    const fromB = broadcastPositions(shapeB.slice(0, -2), batch);
    return result(node).map((_, i) => {
      const column = i % columns;
      const row = Math.floor(i / columns) % rows;
      const entry = Math.floor(i / (rows * columns));
      const startA = (fromA[entry] * rows + row) * inner;
      const startB = fromB[entry] * inner * columns + column;
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[startA + k] * b[startB + k * columns];
      return sum;
    });
  },
  conv2d: ([x, kernel], node) => {
    const { stride, padding, dilation } = node.attributes;
    const [shapeX, shapeK] = node.inputs.map((operand) => operand.shape);
    const [, channels, height, width] = shapeX;
    const [, outputs, rows, columns] = node.shape;
    return result(node).map((_, i) => {
      const column = (i % columns) * stride[1] - padding[1][0];
      const row = (Math.floor(i / columns) % rows) * stride[0] - padding[0][0];
      const output = Math.floor(i / (rows * columns)) % outputs;
      const entry = Math.floor(i / (rows * columns * outputs));
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        for (let p = 0; p < shapeK[2]; p++) {
          const y = row + p * dilation[0];
          if (y < 0 || y >= height) continue;
          for (let q = 0; q < shapeK[3]; q++) {
            const z = column + q * dilation[1];
            if (z < 0 || z >= width) continue;
            const weight = kernel[((output * channels + channel) * shapeK[2] + p) * shapeK[3] + q];
            sum += weight * x[((entry * channels + channel) * height + y) * width + z];
          }
        }
      }
      return sum;
    });
  },
  gather: ([x, indices], node) => {
    const { axis } = node.attributes;
    const { shape } = node.inputs[0];
    const inner = entrySize(shape, axis);
    return result(node).map((_, i) => {
      const outer = Math.floor(i / (indices.length * inner));
      const index = indices[Math.floor(i / inner) % indices.length];
      checkIndex('gather', index, shape[axis]);
      return x[(outer * shape[axis] + index) * inner + (i % inner)];
    });
  },
  scatterAdd: ([indices, updates], node) => {
    const { axis, size: extent } = node.attributes;
    const inner = entrySize(node.shape, axis);
    const sums = new Float64Array(size(node.shape));
    updates.forEach((value, i) => {
      const outer = Math.floor(i / (indices.length * inner));
      const index = indices[Math.floor(i / inner) % indices.length];
      checkIndex('scatterAdd', index, extent);
      sums[(outer * extent + index) * inner + (i % inner)] += value;
    });
    return result(node).map((_, i) => sums[i]);
  },
  scan: (inputs, node, evaluateBody) => {
    const { loop } = node.attributes;
    const { carries, scanned, steps } = loop;
    const pieces = scanPieces(loop);
    const packed = result(node);
    let carry = inputs.slice(0, carries);
    for (let i = 0; i < steps; i++) {
      const t = loop.reverse ? steps - 1 - i : i;
      const values = loop.inputs.map((own, k) => {
        if (k < carries) return carry[k];
        return k < carries + scanned ? part(inputs[k], t, size(own.shape)) : inputs[k];
      });
      const feeds = Object.fromEntries(loop.inputs.map(({ attributes: { name } }, k) => [name, values[k]]));
      const outputs = evaluateBody(loop.outputs, feeds);
      carry = outputs.slice(0, carries);
      for (let k = carries; k < outputs.length; k++) {
        packed.set(outputs[k], pieces[k].start + t * outputs[k].length);
      }
    }
    carry.forEach((values, k) => packed.set(values, pieces[k].start));
    return packed;
  },
};

function part(values: TypedArray, index: number, length: number): TypedArray {
  return values.subarray(index * length, (index + 1) * length);
}
