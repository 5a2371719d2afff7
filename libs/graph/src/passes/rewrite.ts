/** The walk that all passes share. */
import { apply } from '../apply.ts';
import { order } from '../order.ts';
import type { PrimitiveName, Tensor } from '../tensor.ts';

/** A pass: other outputs of the same value, shape and dtype. */
export type Pass = (outputs: readonly Tensor[]) => Tensor[];

/** Simplifications by op: the replacement of a node, or undefined where there is none. */
export type Simplifications = {
  readonly [Op in PrimitiveName]?: (node: Tensor<Op>) => Tensor | undefined;
};

/**
 * Replaces nodes from the inputs to the outputs. A rule sees each node once, with inputs that were already rewritten.
 * @param rule the node's replacement, or the node itself
 */
export function rewrite(outputs: readonly Tensor[], rule: (node: Tensor) => Tensor): Tensor[] {
  const replacements = new Map<Tensor, Tensor>();
  for (const node of order(outputs)) {
    const inputs = node.inputs.map((operand) => replacements.get(operand)!);
    replacements.set(node, rule(withInputs(node, inputs)));
  }
  return outputs.map((output) => replacements.get(output)!);
}

/** The outputs with some of their nodes, inputs or not, replaced. */
export function substitute(
  outputs: readonly Tensor[],
  replaced: readonly Tensor[],
  replacements: readonly Tensor[],
): Tensor[] {
  const results = new Map(replaced.map((node, i) => [node, replacements[i]]));
  for (const node of order(outputs)) {
    if (results.has(node)) continue;
    const inputs = node.inputs.map((operand) => results.get(operand)!);
    results.set(node, withInputs(node, inputs));
  }
  return outputs.map((output) => results.get(output)!);
}

/** The node on other inputs; the node itself when they are the same. */
export function withInputs(node: Tensor, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((operand, index) => operand === node.inputs[index])) return node;
  return apply(node.op as PrimitiveName, inputs, (node as Tensor<PrimitiveName>).attributes);
}
