/**
 * Chains for which ONNX has one operator, where nothing else needs the values in between: softmax and its logarithm. In
 * a training step the backward pass needs them; in what is exported nothing does.
 */
import { is, order, usersIn } from '@orrery/graph';
import type { Tensor } from '@orrery/graph';

export interface Fusion {
  readonly opType: 'Softmax' | 'LogSoftmax';
  readonly x: Tensor;
  readonly axis: number;
}

interface Match extends Fusion {
  /** Nodes that the operator computes inside. */
  readonly inner: readonly Tensor[];
}

/** @returns the operator for the last node of each chain, and the nodes that vanish */
export function fusionsOf(outputs: readonly Tensor[]): {
  readonly fused: ReadonlyMap<Tensor, Fusion>;
  readonly inner: ReadonlySet<Tensor>;
} {
  const nodes = order(outputs);
  const users = usersIn(nodes);
  const wanted = new Set(outputs);
  const fused = new Map<Tensor, Fusion>();
  const inner = new Set<Tensor>();
  for (const node of nodes) {
    const match = is(node, 'div') ? softmax(node) : is(node, 'sub') ? logSoftmax(node) : undefined;
    if (!match || !(node.dtype === 'f32' || node.dtype === 'f64')) continue;
    const own = new Set<Tensor>([...match.inner, node]);
    const hidden = (x: Tensor) => !wanted.has(x) && users.get(x)!.every((user) => own.has(user));
    if (!match.inner.every(hidden)) continue;
    fused.set(node, match);
    for (const x of match.inner) inner.add(x);
  }
  return { fused, inner };
}

/** exp(x - max) / sum(exp(x - max)) */
function softmax({ inputs: [powers, sums] }: Tensor<'div'>): Match | undefined {
  if (!is(powers, 'exp')) return undefined;
  const reduced = reduction(sums, 'reduceSum', powers);
  const shift = shifted(powers.inputs[0]);
  if (!reduced || shift?.axis !== reduced.axis) return undefined;
  return { opType: 'Softmax', ...shift, inner: [powers, ...reduced.inner, ...shift.inner] };
}

/** (x - max) - log(sum(exp(x - max))) */
function logSoftmax({ inputs: [difference, logarithm] }: Tensor<'sub'>): Match | undefined {
  const shift = shifted(difference);
  if (!shift || !is(logarithm, 'log')) return undefined;
  const [sums] = logarithm.inputs;
  const powers = under(sums)?.inputs[0];
  if (!powers || !is(powers, 'exp') || powers.inputs[0] !== difference) return undefined;
  const reduced = reduction(sums, 'reduceSum', powers);
  if (reduced?.axis !== shift.axis) return undefined;
  return { opType: 'LogSoftmax', ...shift, inner: [logarithm, powers, ...reduced.inner, ...shift.inner] };
}

/** x - max(x) along one axis. */
function shifted(node: Tensor): Omit<Match, 'opType'> | undefined {
  if (!is(node, 'sub')) return undefined;
  const [x, highest] = node.inputs;
  const reduced = reduction(highest, 'reduceMax', x);
  return reduced && { x, axis: reduced.axis, inner: [node, ...reduced.inner] };
}

/** A reduction of x along one axis, which is kept with size 1. */
function reduction(
  node: Tensor,
  op: 'reduceSum' | 'reduceMax',
  x: Tensor,
): { readonly axis: number; readonly inner: readonly Tensor[] } | undefined {
  if (is(node, 'stopGradient')) {
    const below = reduction(node.inputs[0], op, x);
    return below && { ...below, inner: [node, ...below.inner] };
  }
  const reduced = under(node);
  if (!reduced || !is(reduced, op) || reduced.inputs[0] !== x) return undefined;
  const [axis, ...others] = reduced.attributes.axes;
  const kept = x.shape.map((extent, i) => (i === axis ? 1 : extent));
  const fits = others.length === 0 && node.shape.join() === kept.join();
  return fits ? { axis, inner: [node, reduced] } : undefined;
}

function under(node: Tensor): Tensor | undefined {
  return is(node, 'reshape') ? node.inputs[0] : undefined;
}
