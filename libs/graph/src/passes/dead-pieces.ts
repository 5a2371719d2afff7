/** Dead code inside scans: what of their results nothing reads, their steps no longer compute. */
import { apply, is } from '../apply.ts';
import { slice } from '../movement.ts';
import { order } from '../order.ts';
import { scanPieces } from '../scan-pieces.ts';
import type { PrimitiveName, ScanLoop, Tensor } from '../tensor.ts';
import type { Pass } from './rewrite.ts';

/** A scan's loop without its dead outputs, and without the inputs that only those needed. */
interface Thinned {
  readonly loop: ScanLoop;
  /** Positions, of those before. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export const dropDeadPieces: Pass = (outputs) => {
  const nodes = order(outputs);
  const plans = new Map<Tensor, Thinned>();
  for (const [scan, read] of piecesRead(nodes, outputs)) {
    const thinned = thin(scan.attributes.loop, read);
    if (thinned) plans.set(scan, thinned);
  }
  if (plans.size === 0) return [...outputs];
  const results = new Map<Tensor, Tensor>();
  for (const node of nodes) {
    const inputs = node.inputs.map((operand) => results.get(operand)!);
    const plan = plans.get(node);
    const source = is(node, 'slice') ? plans.get(node.inputs[0]) : undefined;
    if (plan) {
      results.set(
        node,
        apply(
          'scan',
          plan.inputs.map((i) => inputs[i]),
          { loop: plan.loop },
        ),
      );
    } else if (source) {
      results.set(node, moved(node as Tensor<'slice'>, inputs[0], source));
    } else {
      const same = inputs.every((operand, i) => operand === node.inputs[i]);
      const { op, attributes } = node as Tensor<PrimitiveName>;
      results.set(node, same ? node : apply(op, inputs, attributes));
    }
  }
  return outputs.map((output) => results.get(output)!);
};

/** Which outputs of each scan's loop are read, where all that read it take slices. */
function piecesRead(nodes: readonly Tensor[], outputs: readonly Tensor[]): Map<Tensor<'scan'>, Set<number>> {
  const read = new Map<Tensor<'scan'>, Set<number>>();
  const whole = new Set<Tensor>(outputs);
  for (const node of nodes) {
    for (const operand of node.inputs) {
      if (!is(operand, 'scan')) continue;
      if (!is(node, 'slice')) {
        whole.add(operand);
        continue;
      }
      const { start, limit } = node.attributes;
      const pieces = read.get(operand) ?? new Set<number>();
      scanPieces(operand.attributes.loop).forEach((piece, k) => {
        if (piece.start < limit[0] && start[0] < piece.start + piece.size) pieces.add(k);
      });
      read.set(operand, pieces);
    }
  }
  for (const scan of whole) if (is(scan, 'scan')) read.delete(scan);
  return read;
}

function thin(loop: ScanLoop, read: ReadonlySet<number>): Thinned | undefined {
  const { carries, scanned } = loop;
  const live = new Set(read);
  // A carry lives when a living output depends on what it was.
  let reached = reach(loop, live);
  for (let before = -1; before !== live.size; reached = reach(loop, live)) {
    before = live.size;
    for (let k = 0; k < carries; k++) if (reached.has(loop.inputs[k])) live.add(k);
  }
  if (live.size === loop.outputs.length) return undefined;
  const outputs = [...live].sort((a, b) => a - b);
  const positions = loop.inputs.map((_, i) => i);
  const kept = (from: number, to: number) =>
    positions.slice(from, to).filter((i) => reached.has(loop.inputs[i]));
  const slices = kept(carries, carries + scanned);
  const inputs = [
    ...outputs.filter((k) => k < carries),
    // Something has to count the steps.
    ...(slices.length > 0 ? slices : [carries]),
    ...kept(carries + scanned, positions.length),
  ];
  return {
    loop: {
      ...loop,
      inputs: inputs.map((i) => loop.inputs[i]),
      outputs: outputs.map((k) => loop.outputs[k]),
      carries: outputs.filter((k) => k < carries).length,
      scanned: Math.max(1, slices.length),
      extends: undefined,
    },
    inputs,
    outputs,
  };
}

function reach(loop: ScanLoop, live: ReadonlySet<number>): ReadonlySet<Tensor> {
  return new Set(order([...live].map((k) => loop.outputs[k])));
}

/** The slice, of the thinner result: what it covers is all alive, so it moves as a whole. */
function moved(
  { inputs: [scan], attributes }: Tensor<'slice'>,
  thinner: Tensor,
  { outputs }: Thinned,
): Tensor {
  const { start, limit, stride } = attributes;
  const gone = scanPieces((scan as Tensor<'scan'>).attributes.loop)
    .filter((piece, k) => !outputs.includes(k) && piece.start < start[0])
    .reduce((sum, { size }) => sum + size, 0);
  return slice(thinner, [start[0] - gone], [limit[0] - gone], stride);
}
