/** Computes once what is computed more than once. */
import { is } from '../apply.ts';
import type { OpName, Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';
import type { Pass } from './rewrite.ts';

/** Longer constants are only equal when they are the same node. */
const longestComparedConstant = 64;

const commutative: ReadonlySet<OpName> = new Set<OpName>(['add', 'mul', 'equal', 'and', 'or']);

export const eliminateCommonSubexpressions: Pass = (outputs) => {
  const known = new Map<string, Tensor>();
  const ids = new Map<object, number>();
  const idOf = (object: object): number => {
    const id = ids.get(object) ?? ids.size;
    ids.set(object, id);
    return id;
  };
  return rewrite(outputs, (node) => {
    const key = keyOf(node, idOf);
    const first = known.get(key) ?? node;
    known.set(key, first);
    return first;
  });
};

/** Equal for nodes that compute the same; inputs are told apart by identity. */
function keyOf(node: Tensor, idOf: (object: object) => number): string {
  if (is(node, 'input')) return `input ${idOf(node)}`;
  if (is(node, 'constant')) {
    const { value } = node.attributes;
    // "Object.is" semantics: a zero and its negative are different constants.
    const text = (x: number) => (Object.is(x, -0) ? '-0' : String(x));
    const content =
      value.length <= longestComparedConstant ? Array.from(value, text).join() : `node ${idOf(node)}`;
    return `constant ${node.dtype} ${node.shape.join()} ${content}`;
  }
  const ids = node.inputs.map(idOf);
  if (is(node, 'scan')) return `scan ${ids.join()} ${idOf(node.attributes.loop)}`;
  if (commutative.has(node.op)) ids.sort((a, b) => a - b);
  return `${node.op} ${ids.join()} ${JSON.stringify(node.attributes)}`;
}
