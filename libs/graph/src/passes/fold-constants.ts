/** Computes what depends on constants alone. */
import { evaluations } from '../evaluation.ts';
import type { EvaluationRule } from '../evaluation.ts';
import { evaluate, filled } from '../evaluate.ts';
import { size } from '../extents.ts';
import { is } from '../apply.ts';
import { constant } from '../sources.ts';
import type { PrimitiveName, Tensor } from '../tensor.ts';
import { elementwiseOps, splatValue } from './recognize.ts';
import { rewrite } from './rewrite.ts';
import type { Pass } from './rewrite.ts';

/** Larger results stay in the graph: they would cost more to store than to compute. */
const largestResult = 16384;

/** Ops that give a constant of one repeated value when they are given one. */
const movements: ReadonlySet<string> = new Set(['reshape', 'transpose', 'broadcast', 'slice', 'reverse']);

export const foldConstants: Pass = (outputs) => rewrite(outputs, fold);

function fold(node: Tensor): Tensor {
  if (
    node.inputs.length === 0 ||
    node.op === 'scan' ||
    !node.inputs.every((operand) => is(operand, 'constant'))
  )
    return node;
  const splats = node.inputs.map(splatValue);
  if (splats.every((value) => value !== undefined)) {
    if (movements.has(node.op)) return constant(splats[0], node.shape, node.dtype);
    if (elementwiseOps.has(node.op)) {
      const [value] = compute({
        ...node,
        shape: [],
        inputs: splats.map((v, i) => constant(v, [], node.inputs[i].dtype)),
      });
      return constant(value, node.shape, node.dtype);
    }
  }
  return size(node.shape) <= largestResult ? constant(compute(node), node.shape, node.dtype) : node;
}

function compute(node: Tensor) {
  const rule = evaluations[node.op as PrimitiveName] as EvaluationRule<PrimitiveName>;
  return rule(
    node.inputs.map((operand) => filled(operand as Tensor<'constant'>)),
    node as Tensor<PrimitiveName>,
    evaluate,
  );
}
