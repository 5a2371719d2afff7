/** All passes, until none finds anything more. */
import { apply, is } from '../apply.ts';
import type { Program, ScanLoop, Tensor } from '../tensor.ts';
import { eliminateCommonSubexpressions } from './common-subexpressions.ts';
import { dropDeadPieces } from './dead-pieces.ts';
import { foldConstants } from './fold-constants.ts';
import { mergeScans } from './merge-scans.ts';
import { regroupProducts } from './products.ts';
import { rewrite, type Pass } from './rewrite.ts';
import { simplify } from './simplify.ts';

/** Loops whose steps need no further look. */
const settled = new WeakMap<ScanLoop, ScanLoop>();

/** The steps of scans, by the same passes. */
const optimizeLoops: Pass = (outputs) =>
  rewrite(outputs, (node) => {
    if (!is(node, 'scan')) return node;
    const { loop } = node.attributes;
    const known = settled.get(loop) ?? { ...loop, outputs: optimizeOutputs(loop.outputs) };
    settled.set(loop, known).set(known, known);
    return known === loop ? node : apply('scan', node.inputs, { loop: known });
  });

// Scans that compute the same are one before each loses what is not read of it.
const passes = [
  optimizeLoops,
  simplify,
  foldConstants,
  eliminateCommonSubexpressions,
  regroupProducts,
  dropDeadPieces,
];
/** What is still found after so many rounds is not worth the time. */
const mostRounds = 20;

/**
 * The last step before a graph is lowered: the same values, up to rounding, in fewer and cheaper nodes. Inputs stay
 * the nodes they were. Take gradients before: stopGradient is dropped here.
 */
export function optimize(program: Program): Program;
export function optimize(outputs: readonly Tensor[]): Tensor[];
export function optimize(graph: Program | readonly Tensor[]): Program | Tensor[] {
  if (!('outputs' in graph)) return optimizeOutputs(graph);
  const optimized = optimizeOutputs(Object.values(graph.outputs));
  const names = Object.keys(graph.outputs);
  return { inputs: graph.inputs, outputs: Object.fromEntries(names.map((name, i) => [name, optimized[i]])) };
}

function optimizeOutputs(outputs: readonly Tensor[]): Tensor[] {
  // Before anything changes the loops by which scans know each other.
  let current = mergeScans(outputs);
  for (let round = 0; round < mostRounds; round++) {
    const next = passes.reduce<Tensor[]>((tensors, pass) => pass(tensors), current);
    if (next.every((tensor, i) => tensor === current[i])) break;
    current = next;
  }
  return current;
}
