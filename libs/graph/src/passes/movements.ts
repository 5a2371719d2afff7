/** Simplifications of ops that move elements: two moves become one, and moving nothing disappears. */
import { is } from '../apply.ts';
import { neg } from '../elementwise.ts';
import { sameShape, size } from '../extents.ts';
import { broadcastTo, concat, pad, reshape, reverse, slice, transpose } from '../movement.ts';
import { full } from '../sources.ts';
import type { Tensor } from '../tensor.ts';
import { splatValue } from './recognize.ts';
import type { Simplifications } from './rewrite.ts';

export const movements: Simplifications = {
  reshape: (node) => {
    const [x] = node.inputs;
    if (sameShape(x.shape, node.shape)) return x;
    if (is(x, 'reshape')) return reshape(x.inputs[0], node.shape);
    // Outwards, so that it can meet a sum and become a difference.
    return is(x, 'neg') ? neg(reshape(x.inputs[0], node.shape)) : undefined;
  },
  transpose: (node) => {
    const [x] = node.inputs;
    const { permutation } = node.attributes;
    if (is(x, 'transpose')) {
      return transpose(
        x.inputs[0],
        permutation.map((axis) => x.attributes.permutation[axis]),
      );
    }
    // Axes of size 1 can stand anywhere: if the others keep their order, no element moves.
    const wide = permutation.filter((axis) => x.shape[axis] > 1);
    return wide.every((axis, i) => i === 0 || wide[i - 1] < axis) ? reshape(x, node.shape) : undefined;
  },
  broadcast: (node) => {
    const [x] = node.inputs;
    if (sameShape(x.shape, node.shape)) return x;
    if (is(x, 'broadcast')) return broadcastTo(x.inputs[0], node.shape);
    return size(x.shape) === size(node.shape) ? reshape(x, node.shape) : undefined;
  },
  concat: (node) => {
    const { axis } = node.attributes;
    const splats = node.inputs.map(splatValue);
    if (splats[0] !== undefined && splats.every((value) => value === splats[0])) {
      return full(node.shape, splats[0], node.dtype);
    }
    const nested = (part: Tensor): part is Tensor<'concat'> =>
      is(part, 'concat') && part.attributes.axis === axis;
    if (!node.inputs.some(nested)) return undefined;
    return concat(
      node.inputs.flatMap((part) => (nested(part) ? part.inputs : [part])),
      axis,
    );
  },
  slice: (node) => {
    const [x] = node.inputs;
    const { start, limit, stride } = node.attributes;
    if (sameShape(x.shape, node.shape)) return x;
    // A piece of every second row stays that: picking rows out is slow, and pieces of one pick may share it.
    if (is(x, 'slice') && x.attributes.stride.every((step) => step === 1)) {
      const shift = (positions: readonly number[]) => positions.map((at, i) => at + x.attributes.start[i]);
      return slice(x.inputs[0], shift(start), shift(limit), stride);
    }
    return is(x, 'concat') ? partOf(x, start, limit, stride) : undefined;
  },
  pad: (node) => {
    const [x] = node.inputs;
    const { low, high, interior } = node.attributes;
    if (sameShape(x.shape, node.shape)) return x;
    if (splatValue(x) === 0) return full(node.shape, 0, node.dtype);
    if (!is(x, 'pad') || interior.some((gap) => gap > 0)) return undefined;
    const inner = x.attributes;
    const sum = (a: readonly number[], b: readonly number[]) => a.map((amount, i) => amount + b[i]);
    return pad(x.inputs[0], sum(low, inner.low), sum(high, inner.high), inner.interior);
  },
  reverse: (node) => {
    const [x] = node.inputs;
    if (!is(x, 'reverse')) return undefined;
    const [a, b] = [node.attributes.axes, x.attributes.axes];
    return reverse(x.inputs[0], [
      ...a.filter((axis) => !b.includes(axis)),
      ...b.filter((axis) => !a.includes(axis)),
    ]);
  },
  gather: (node) => {
    const splat = splatValue(node.inputs[0]);
    return splat === undefined ? undefined : full(node.shape, splat, node.dtype);
  },
};

/** A slice that is exactly one of the tensors that were joined. */
function partOf(
  joined: Tensor<'concat'>,
  start: readonly number[],
  limit: readonly number[],
  stride: readonly number[],
): Tensor | undefined {
  const { axis } = joined.attributes;
  const whole = joined.shape.every(
    (n, i) => stride[i] === 1 && (i === axis || (start[i] === 0 && limit[i] === n)),
  );
  if (!whole) return undefined;
  let position = 0;
  for (const part of joined.inputs) {
    const end = position + part.shape[axis];
    if (start[axis] === position && limit[axis] === end) return part;
    position = end;
  }
  return undefined;
}
