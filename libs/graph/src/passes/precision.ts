/** Mixed precision: products of 16-bit factors, everything else in f32. Micikevicius et al. (2018), section 3. */
import { apply, is } from '../apply.ts';
import { cast } from '../elementwise.ts';
import { transpose } from '../movement.ts';
import type { DType, Program, ScanLoop, Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';

/**
 * What matrix products and convolutions of f32 compute in:
 *
 * - f32: factors as they are;
 * - tf32: on NVIDIA's tensor cores, factors of 10 fraction bits that they round to themselves; f32 on all else;
 * - bf16: factors that the program rounds.
 *
 * All sum in f32.
 */
export const precisions = ['f32', 'tf32', 'bf16'] as const;
export type Precision = (typeof precisions)[number];

/** The program with products of that precision; of tf32 it says nothing, as the hardware rounds. */
export function withPrecision(program: Program, precision: Precision): Program {
  return precision === 'bf16' ? mixedPrecision(program, precision) : program;
}

/**
 * Each f32 matmul and conv2d computes in `dtype`, sums in f32 (as all of ours round once, at the end) and returns to f32:
 * parameters, optimizer state, norms and losses stay as they are. Of a whole training step, after its gradients were
 * taken, so that products of the backward pass are narrow too; before `optimize`, which joins the casts.
 * @param dtype bf16, whose range is that of f32; f16 wants a loss that is scaled up, and slopes down
 */
export function mixedPrecision(program: Program, dtype?: DType & ('bf16' | 'f16')): Program;
export function mixedPrecision(outputs: readonly Tensor[], dtype?: DType & ('bf16' | 'f16')): Tensor[];
export function mixedPrecision(
  graph: Program | readonly Tensor[],
  dtype: DType & ('bf16' | 'f16') = 'bf16',
): Program | Tensor[] {
  if (!('outputs' in graph)) return narrowed(graph, dtype, new Map());
  const outputs = narrowed(Object.values(graph.outputs), dtype, new Map());
  const names = Object.keys(graph.outputs);
  return { inputs: graph.inputs, outputs: Object.fromEntries(names.map((name, i) => [name, outputs[i]])) };
}

/** @param loops that are done: scans know each other by theirs */
function narrowed(outputs: readonly Tensor[], dtype: DType, loops: Map<ScanLoop, ScanLoop>): Tensor[] {
  const narrow = (loop: ScanLoop): ScanLoop => {
    const known = loops.get(loop);
    if (known) return known;
    const made = {
      ...loop,
      outputs: narrowed(loop.outputs, dtype, loops),
      extends: loop.extends && narrow(loop.extends),
    };
    loops.set(loop, made);
    return made;
  };
  // Beneath a transpose, so that both readers of a matrix, forward and backward, find one narrow copy.
  const factor = (x: Tensor): Tensor =>
    is(x, 'transpose') ? transpose(factor(x.inputs[0]), x.attributes.permutation) : cast(x, dtype);
  return rewrite(outputs, (node) => {
    if (is(node, 'scan')) return apply('scan', node.inputs, { loop: narrow(node.attributes.loop) });
    if (node.dtype !== 'f32' || !(is(node, 'matmul') || is(node, 'conv2d'))) return node;
    return cast(apply(node.op, node.inputs.map(factor), node.attributes as never), 'f32');
  });
}
