/** How nodes come to be: the shape rule decides, and throws where the author called. */
import { shapes } from './shapes.ts';
import type { ShapeRule } from './shapes.ts';
import type { OpAttributes, OpName, PrimitiveName, Tensor } from './tensor.ts';

/**
 * A new node. The named functions (`add`, `matmul`, ...) are easier to read; this is for passes, which rebuild nodes.
 * @throws when the inputs do not fit the op
 */
export function apply<Op extends PrimitiveName>(
  op: Op,
  inputs: readonly Tensor[],
  attributes: OpAttributes[Op],
): Tensor<Op> {
  const { shape, dtype } = (shapes[op] as ShapeRule<Op>)(inputs, attributes);
  return { op, inputs, attributes, shape, dtype };
}

/** Narrows a node to its op, and so its attributes. */
export function is<Op extends OpName>(tensor: Tensor, op: Op): tensor is Tensor<Op> {
  return tensor.op === op;
}
