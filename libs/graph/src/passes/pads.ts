/** Sums of padded parts: what the gradient of `split` looks like, and what a concatenation computes faster. */
import { is } from '../apply.ts';
import { add } from '../elementwise.ts';
import { sameShape } from '../extents.ts';
import { concat, pad } from '../movement.ts';
import type { Tensor } from '../tensor.ts';

/** pad(a) + pad(b) -> pad(concat(a, b)) where b begins at the place where a ends; also inside a longer sum. */
export function joinPads({ inputs: [a, b] }: Tensor<'add'>): Tensor | undefined {
  const direct = joined(a, b);
  if (direct || !is(a, 'add')) return direct;
  const [first, second] = a.inputs;
  const withSecond = joined(second, b);
  if (withSecond) return add(first, withSecond);
  const withFirst = joined(first, b);
  return withFirst && add(second, withFirst);
}

function joined(a: Tensor, b: Tensor): Tensor | undefined {
  if (!is(a, 'pad') || !is(b, 'pad') || !sameShape(a.shape, b.shape)) return undefined;
  const axis = padded(a);
  if (axis === undefined || axis !== padded(b)) return undefined;
  const end = ({ shape, attributes: { high } }: Tensor<'pad'>) => shape[axis] - high[axis];
  const [before, after] = a.attributes.low[axis] < b.attributes.low[axis] ? [a, b] : [b, a];
  if (end(before) !== after.attributes.low[axis]) return undefined;
  return pad(concat([before.inputs[0], after.inputs[0]], axis), before.attributes.low, after.attributes.high);
}

/** The one axis that has zeros, all of them outside. */
function padded({ attributes: { low, high, interior } }: Tensor<'pad'>): number | undefined {
  const axes = low.flatMap((_, axis) => (low[axis] + high[axis] > 0 ? [axis] : []));
  return axes.length === 1 && interior.every((gap) => gap === 0) ? axes[0] : undefined;
}
