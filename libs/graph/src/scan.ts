/**
 * A loop inside a graph, over time or over layers: one step is traced, whatever their number. Its gradient is a scan that
 * runs the other way (JAX's lax.scan; Werbos, 1990).
 */
import { modelError } from './model-error.ts';
import { apply, is } from './apply.ts';
import { formatShape, sameShape } from './extents.ts';
import { order } from './order.ts';
import { substitute } from './passes/rewrite.ts';
import { reshape, sliceAxis } from './movement.ts';
import { scanPieces } from './scan-pieces.ts';
import { isFloat } from './dtypes.ts';
import { input } from './sources.ts';
import type { ScanLoop, Tensor } from './tensor.ts';

export interface ScanStep {
  /** As many as came in, of the same shapes. */
  readonly carry: readonly Tensor[];
  /** Stacked over the steps; none by default. */
  readonly outputs?: readonly Tensor[];
}

export interface ScanOptions {
  readonly reverse?: boolean;
  readonly keep?: ScanLoop['keep'];
}

export interface ScanResult {
  /** After the last step. */
  readonly carry: Tensor[];
  /** [T, ...] each */
  readonly outputs: Tensor[];
}

/**
 * carry, outputs[t] = step(carry, xs[t]) for each t. What the step uses from outside and does not depend on carry or slice
 * is computed once, before. Carries and outputs share one float dtype.
 * @param step called once, with stand-ins for the carry and for one slice of each of xs
 * @param initial the carry before the first step
 * @param xs [T, ...] each, at least one; for layers, their stacked parameters
 * @param options.reverse from the last slice to the first; outputs stay in the order of xs
 * @param options.keep for the gradient: carries and products of each step, or carries alone, from which all else is
 * computed again (rematerialisation)
 * @throws when a carry changes its shape, lengths differ, or dtypes do
 */
export function scan(
  step: (carry: Tensor[], slices: Tensor[]) => ScanStep,
  initial: readonly Tensor[],
  xs: readonly Tensor[],
  { reverse = false, keep = 'products' }: ScanOptions = {},
): ScanResult {
  const steps = stepsOf(xs);
  const carries = initial.map(({ shape, dtype }, i) => input(`carry ${i}`, shape, dtype));
  const slices = xs.map(({ shape, dtype }, i) => input(`slice ${i}`, shape.slice(1), dtype));
  const { carry, outputs = [] } = step([...carries], [...slices]);
  checkStep(initial, carry, outputs);
  const { body, captured, standIns } = capture([...carry, ...outputs], [...carries, ...slices]);
  const loop: ScanLoop = {
    inputs: [...carries, ...slices, ...standIns],
    outputs: body,
    ...{ carries: carries.length, scanned: xs.length, steps, reverse, keep },
  };
  const results = unpack(apply('scan', [...initial, ...xs, ...captured], { loop }), loop);
  return { carry: results.slice(0, carries.length), outputs: results.slice(carries.length) };
}

/** The outputs of a loop out of its scan's result, or out of a cotangent of that. */
export function unpack(packed: Tensor, loop: ScanLoop): Tensor[] {
  return scanPieces(loop).map(({ start, size, shape }) =>
    reshape(sliceAxis(packed, 0, start, start + size), shape),
  );
}

/** Splits off what does not depend on the loop's own inputs; stand-ins take its place. */
function capture(outputs: readonly Tensor[], own: readonly Tensor[]) {
  const nodes = order(outputs);
  const inside = new Set<Tensor>(own);
  for (const node of nodes) if (node.inputs.some((operand) => inside.has(operand))) inside.add(node);
  const used = [...nodes.filter((node) => inside.has(node)).flatMap((node) => node.inputs), ...outputs];
  // Constants are as good inside.
  const captured = [...new Set(used)].filter((node) => !inside.has(node) && !is(node, 'constant'));
  const standIns = captured.map(({ shape, dtype }, i) => input(`captured ${i}`, shape, dtype));
  return { body: substitute(outputs, captured, standIns), captured, standIns };
}

function stepsOf(xs: readonly Tensor[]): number {
  if (xs.length === 0) throw modelError('scan: nothing to scan; give at least one tensor [T, ...]');
  const [steps] = xs[0].shape;
  const odd = xs.find(({ shape }) => shape.length === 0 || shape[0] !== steps);
  if (odd === undefined && steps !== undefined) return steps;
  throw modelError(
    `scan: ${formatShape(xs[0].shape)} and ${formatShape((odd ?? xs[0]).shape)} are not of one length; give [T, ...] with the same T`,
  );
}

function checkStep(initial: readonly Tensor[], carry: readonly Tensor[], outputs: readonly Tensor[]): void {
  if (carry.length !== initial.length) {
    throw modelError(
      `scan: ${initial.length} carries come in and ${carry.length} go on; return one for each`,
    );
  }
  carry.forEach((next, i) => {
    if (sameShape(next.shape, initial[i].shape) && next.dtype === initial[i].dtype) return;
    throw modelError(
      `scan: carry ${i} starts as ${typeOf(initial[i])} and goes on as ${typeOf(next)}; make them agree`,
    );
  });
  const all = [...carry, ...outputs];
  if (all.length === 0) throw modelError('scan: the step returns nothing; give a carry or an output');
  const odd = all.find(({ dtype }) => !isFloat(dtype) || dtype !== all[0].dtype);
  if (odd) {
    throw modelError(`scan: ${typeOf(all[0])} and ${typeOf(odd)} in one step; cast all to one float dtype`);
  }
}

function typeOf({ shape, dtype }: Tensor): string {
  return `${dtype} ${formatShape(shape)}`;
}
