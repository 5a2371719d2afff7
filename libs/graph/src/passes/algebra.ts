/** Simplifications of element-wise ops. */
import { is } from '../apply.ts';
import { add, div, mul, neg, select, sqrt, sub } from '../elementwise.ts';
import { sameShape } from '../extents.ts';
import { broadcastTo } from '../movement.ts';
import { holds, isFloat } from '../dtypes.ts';
import { constant, full } from '../sources.ts';
import type { Tensor } from '../tensor.ts';
import { joinPads } from './pads.ts';
import { splatValue } from './recognize.ts';
import type { Simplifications } from './rewrite.ts';

/** One operand in place of the node: repeated where the other operand had made it larger. */
function fit(x: Tensor, node: Tensor): Tensor {
  return broadcastTo(x, node.shape);
}

export const algebra: Simplifications = {
  // Gradients have been taken by the time a graph is simplified; there is nothing left to stop.
  stopGradient: ({ inputs: [x] }) => x,

  neg: ({ inputs: [x] }) => {
    if (is(x, 'neg')) return x.inputs[0];
    if (is(x, 'sub')) return sub(x.inputs[1], x.inputs[0]);
    const factor = is(x, 'mul') ? splatValue(x.inputs[1]) : undefined;
    return factor === undefined ? undefined : mul(x.inputs[0], constant(-factor, [], x.dtype));
  },
  not: ({ inputs: [x] }) => (is(x, 'not') ? x.inputs[0] : undefined),

  add: (node) => {
    const [a, b] = node.inputs;
    if (splatValue(a) === 0) return fit(b, node);
    if (splatValue(b) === 0) return fit(a, node);
    if (is(b, 'neg')) return sub(a, b.inputs[0]);
    if (is(a, 'neg')) return sub(b, a.inputs[0]);
    if (a === b && isFloat(node.dtype)) return mul(a, 2);
    return joinPads(node);
  },
  sub: (node) => {
    const [a, b] = node.inputs;
    if (splatValue(a) === 0 && node.dtype !== 'u32') return fit(neg(b), node);
    if (splatValue(b) === 0) return fit(a, node);
    return is(b, 'neg') ? add(a, b.inputs[0]) : undefined;
  },
  mul: (node) => {
    const [a, b] = node.inputs;
    const factor = splatValue(b);
    if (factor === undefined) {
      if (splatValue(a) !== undefined) return mul(b, a);
      return is(a, 'neg') && is(b, 'neg') ? mul(a.inputs[0], b.inputs[0]) : undefined;
    }
    if (factor === 0) return full(node.shape, 0, node.dtype);
    if (factor === 1) return fit(a, node);
    if (factor === -1) return fit(neg(a), node);
    if (is(a, 'neg')) return fit(mul(a.inputs[0], constant(-factor, [], b.dtype)), node);
    // Products of integers may wrap around in either order, but those of constants would not fit the dtype.
    if (!is(a, 'mul') || !isFloat(node.dtype)) return undefined;
    const inner = splatValue(a.inputs[1]);
    return inner === undefined
      ? undefined
      : fit(mul(a.inputs[0], constant(inner * factor, [], b.dtype)), node);
  },
  div: (node) => {
    const [a, b] = node.inputs;
    const divisor = splatValue(b);
    if (divisor === 1) return fit(a, node);
    if (!divisor || !isFloat(node.dtype)) return undefined;
    return fit(mul(a, constant(1 / divisor, [], b.dtype)), node);
  },
  pow: (node) => {
    const [x, exponent] = node.inputs;
    switch (splatValue(exponent)) {
      case 0:
        return full(node.shape, 1, node.dtype);
      case 0.5:
        return fit(sqrt(x), node);
      case 1:
        return fit(x, node);
      case 2:
        return fit(mul(x, x), node);
      case 3:
        return fit(mul(mul(x, x), x), node);
      case -1:
        return fit(div(1, x), node);
      default:
        return undefined;
    }
  },
  max: (node) => (node.inputs[0] === node.inputs[1] ? node.inputs[0] : undefined),
  min: (node) => (node.inputs[0] === node.inputs[1] ? node.inputs[0] : undefined),

  select: (node) => {
    const [condition, whenTrue, whenFalse] = node.inputs;
    const known = splatValue(condition);
    if (known !== undefined) return fit(known ? whenTrue : whenFalse, node);
    if (whenTrue === whenFalse) return fit(whenTrue, node);
    return is(condition, 'not') ? select(condition.inputs[0], whenFalse, whenTrue) : undefined;
  },
  equal: ({ inputs: [a, b] }) => {
    // Masks come back as 0 and 1: (cast(mask) = 1) is the mask.
    if (!is(a, 'cast') || a.inputs[0].dtype !== 'bool' || splatValue(b) !== 1) return undefined;
    return sameShape(a.shape, b.shape) || b.shape.length === 0 ? a.inputs[0] : undefined;
  },
  cast: (node) => {
    const [x] = node.inputs;
    const splat = splatValue(x);
    // Through a wider dtype and back.
    if (is(x, 'cast') && x.inputs[0].dtype === node.dtype && holds(x.dtype, node.dtype)) return x.inputs[0];
    return splat !== undefined && isFloat(node.dtype) ? constant(splat, node.shape, node.dtype) : undefined;
  },
};
