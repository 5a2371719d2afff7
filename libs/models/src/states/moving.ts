/** The bodies that move among all bodies: models predict those, and the others stay. */
import { concat, sliceAxis, type Tensor } from '@orrery/graph';

/** Runs of neighbouring indices: [first, after the last]. */
function runs(indices: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const index of indices) {
    const last = found.at(-1);
    if (last?.[1] === index) last[1] = index + 1;
    else found.push([index, index + 1]);
  }
  return found;
}

/** [..., N, F] -> [..., M, F]: the bodies of some indices, ascending. */
export function picked(x: Tensor, indices: readonly number[]): Tensor {
  const parts = runs(indices).map(([from, to]) => sliceAxis(x, -2, from, to));
  return parts.length === 1 ? parts[0] : concat(parts, -2);
}

/** `x` [..., N, F] with the bodies of some indices replaced by `own` [..., M, F]. */
export function replaced(x: Tensor, indices: readonly number[], own: Tensor): Tensor {
  const parts: Tensor[] = [];
  let [kept, taken] = [0, 0];
  for (const [from, to] of runs(indices)) {
    if (from > kept) parts.push(sliceAxis(x, -2, kept, from));
    parts.push(sliceAxis(own, -2, taken, taken + to - from));
    [kept, taken] = [to, taken + to - from];
  }
  const count = x.shape.at(-2)!;
  if (kept < count) parts.push(sliceAxis(x, -2, kept, count));
  return parts.length === 1 ? parts[0] : concat(parts, -2);
}
