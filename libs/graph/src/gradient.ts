/** Reverse-mode differentiation as a rewrite: it walks back from the loss and returns new nodes. */
import { modelError } from './model-error.ts';
import { add } from './elementwise.ts';
import { formatShape, sameShape } from './extents.ts';
import { gradients } from './gradients.ts';
import type { GradientRule } from './gradients.ts';
import { order } from './order.ts';
import { isFloat } from './dtypes.ts';
import { onesLike, zerosLike } from './sources.ts';
import type { PrimitiveName, Tensor } from './tensor.ts';

/**
 * d loss / d wrt for each tensor of `wrt`: zeros where the loss does not depend on it. The results are ordinary
 * tensors: their gradients can be taken again.
 * @param loss a float scalar, []
 * @param wrt float tensors, inputs or not
 * @throws when the loss is no float scalar or an entry of wrt is not of floats
 */
export function gradient(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0 || !isFloat(loss.dtype)) {
    throw modelError(
      `gradient: the loss is ${loss.dtype} ${formatShape(loss.shape)}, not a float scalar; reduce it with mean or reduceSum`,
    );
  }
  return pullBack([loss], [onesLike(loss)], wrt);
}

/**
 * The vector-Jacobian product: the sum over outputs of cotangent . d output / d wrt.
 * @param cotangents one an output, of its shape and dtype
 */
export function pullBack(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
): Tensor[] {
  const fixed = wrt.find((tensor) => !isFloat(tensor.dtype));
  if (fixed) {
    throw modelError(
      `gradient: ${fixed.dtype} ${formatShape(fixed.shape)} has no gradient; differentiate by floats only`,
    );
  }
  const nodes = order(outputs);
  const active = reaching(nodes, wrt);
  const sums = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, part: Tensor) => {
    const sum = sums.get(tensor);
    sums.set(tensor, sum ? add(sum, part) : part);
  };
  outputs.forEach((output, index) => {
    const cotangent = cotangents[index];
    if (!cotangent || !sameShape(cotangent.shape, output.shape)) {
      throw modelError(
        `gradient: output ${index} is ${formatShape(output.shape)}, its cotangent ` +
          `${cotangent ? formatShape(cotangent.shape) : 'missing'}; give one of the same shape`,
      );
    }
    accumulate(output, cotangent);
  });
  for (const node of nodes.reverse()) {
    const cotangent = sums.get(node);
    if (!cotangent || !active.has(node) || node.inputs.length === 0) continue;
    const rule = gradients[node.op as PrimitiveName] as GradientRule<PrimitiveName>;
    rule(cotangent, node as Tensor<PrimitiveName>, pullBack).forEach((part, index) => {
      const operand = node.inputs[index];
      if (part && active.has(operand)) accumulate(operand, part);
    });
  }
  return wrt.map((tensor) => sums.get(tensor) ?? zerosLike(tensor));
}

/** The nodes, of those given in topological order, that depend on wrt. */
function reaching(nodes: readonly Tensor[], wrt: readonly Tensor[]): Set<Tensor> {
  const active = new Set(wrt);
  for (const node of nodes) if (node.inputs.some((operand) => active.has(operand))) active.add(node);
  return active;
}
