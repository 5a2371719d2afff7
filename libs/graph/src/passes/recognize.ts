/** What passes ask about a node. */
import { is } from '../apply.ts';
import type { OpName, Tensor } from '../tensor.ts';

/** Ops that compute each element alone, and broadcast their inputs. */
export const elementwiseOps: ReadonlySet<OpName> = new Set<OpName>([
  ...(['neg', 'exp', 'log', 'sqrt', 'tanh', 'sigmoid', 'sin', 'cos', 'abs', 'sign', 'floor', 'not'] as const),
  ...(['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'equal', 'less', 'lessEqual', 'and', 'or'] as const),
  ...(['select', 'cast', 'stopGradient'] as const),
]);

/** The value of a constant that holds one value throughout. */
export function splatValue(tensor: Tensor): number | undefined {
  return is(tensor, 'constant') && tensor.attributes.value.length === 1
    ? tensor.attributes.value[0]
    : undefined;
}
