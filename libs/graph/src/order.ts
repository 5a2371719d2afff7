/** The order in which a graph is computed. */
import type { Tensor } from './tensor.ts';

/**
 * Every node that the outputs need, each once and after its inputs; what they do not need is absent.
 * Iterative, as graphs are deeper than a call stack.
 */
export function order(outputs: Iterable<Tensor>): Tensor[] {
  const sorted: Tensor[] = [];
  const entered = new Set<Tensor>();
  const path: { readonly tensor: Tensor; next: number }[] = [];
  for (const output of outputs) {
    if (entered.has(output)) continue;
    entered.add(output);
    path.push({ tensor: output, next: 0 });
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (top.next === top.tensor.inputs.length) {
        sorted.push(top.tensor);
        path.pop();
        continue;
      }
      const operand = top.tensor.inputs[top.next++];
      if (entered.has(operand)) continue;
      entered.add(operand);
      path.push({ tensor: operand, next: 0 });
    }
  }
  return sorted;
}

/** Who reads each node, of an ordered graph: a node once for each of its operands. */
export function usersIn(nodes: readonly Tensor[]): ReadonlyMap<Tensor, readonly Tensor[]> {
  const users = new Map<Tensor, Tensor[]>();
  for (const node of nodes) {
    for (const operand of new Set(node.inputs)) {
      const known = users.get(operand);
      if (known) known.push(node);
      else users.set(operand, [node]);
    }
  }
  return users;
}
