/**
 * Which dimension of each weight is cut over devices that share one model: products alternate between cut columns and cut
 * rows, so that what lies between them stays cut. Shoeybi et al. (2019), "Megatron-LM", section 3.
 */
import { is, order, type Tensor } from '@orrery/graph';

/**
 * @param loss of which the parameters' inputs are known
 * @param parameters by name
 * @param divides whether a dimension of that size can be cut
 * @returns the dimension of each weight that can be cut, by name
 */
export function tensorParallelDimensions(
  loss: Tensor,
  parameters: Readonly<Record<string, Tensor>>,
  divides: (extent: number) => boolean,
): Record<string, number> {
  const names = new Map(Object.entries(parameters).map(([name, tensor]) => [tensor, name]));
  const nodes = order([loss]);
  const learned = dependingOn(nodes, new Set(names.keys()));
  const given = dependingOn(nodes, new Set(nodes.filter((node) => is(node, 'input') && !names.has(node))));
  const chosen: Record<string, number> = {};
  /** Whether a value's features are cut. */
  const cut = new Map<Tensor, boolean>();
  const isCut = (node: Tensor) => cut.get(node) ?? false;
  for (const node of nodes) {
    const activations = node.inputs.filter((operand) => given.has(operand));
    if (is(node, 'matmul') || is(node, 'conv2d')) {
      const x = activations[0];
      const weight = node.inputs.find(
        (operand) => operand !== x && learned.has(operand) && !given.has(operand),
      );
      const name = weight && nameOf(weight, names);
      if (x === undefined || weight === undefined || name === undefined) {
        cut.set(node, activations.some(isCut));
        continue;
      }
      const [inputs, outputs] = is(node, 'conv2d') ? [1, 0] : [0, 1];
      const { shape } = parameters[name];
      if (shape.length < 2) continue;
      // A weight that is used several times is cut once.
      chosen[name] ??= isCut(x) && divides(shape[inputs]) ? inputs : outputs;
      if (!divides(shape[chosen[name]])) delete chosen[name];
      cut.set(node, chosen[name] === outputs);
    } else {
      // Where two paths of a model meet, as a residual does, all features are needed in one place.
      const meets = activations.length > 1 && !activations.every(isCut);
      cut.set(node, !meets && activations.some(isCut));
    }
  }
  return chosen;
}

/** Nodes that have one of `sources` among what they are computed from, and the sources. */
function dependingOn(nodes: readonly Tensor[], sources: ReadonlySet<Tensor>): ReadonlySet<Tensor> {
  const found = new Set<Tensor>(sources);
  for (const node of nodes) if (node.inputs.some((operand) => found.has(operand))) found.add(node);
  return found;
}

/** The parameter that a factor is, as it is or cast. */
function nameOf(factor: Tensor, names: ReadonlyMap<Tensor, string>): string | undefined {
  let x = factor;
  while (is(x, 'cast') || is(x, 'stopGradient')) x = x.inputs[0];
  return names.get(x);
}
