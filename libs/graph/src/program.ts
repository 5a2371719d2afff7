/** A function over tensors: named inputs and outputs. */
import { modelError } from './model-error.ts';
import { is } from './apply.ts';
import { order } from './order.ts';
import type { Program, Tensor } from './tensor.ts';

/**
 * @param inputs by default those that the outputs need; others may be listed too, and stay part of the signature
 * @throws when two inputs share a name or a needed one is not listed
 */
export function program(
  outputs: Readonly<Record<string, Tensor>>,
  inputs?: readonly Tensor<'input'>[],
): Program {
  const needed = order(Object.values(outputs)).filter((tensor) => is(tensor, 'input'));
  const listed = inputs ?? needed;
  const byName = new Map<string, Tensor>();
  for (const tensor of listed) {
    const { name } = tensor.attributes;
    if (byName.has(name)) throw modelError(`program: two inputs are named "${name}"; rename one`);
    byName.set(name, tensor);
  }
  for (const tensor of needed) {
    const { name } = tensor.attributes;
    if (byName.get(name) === tensor) continue;
    throw modelError(`program: input "${name}" is needed but not listed; add it to the inputs`);
  }
  return { inputs: listed, outputs };
}
