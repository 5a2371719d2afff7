/** How each weight lies over the mesh, from what the loss does with it. */
import { is, order, type Shape, type Tensor } from '@orrery/graph';
import type { Mesh, Sharding } from '@orrery/stablehlo';
import { dividesBy, parameterSharding } from './layout.ts';
import { tensorParallelDimensions } from './tensor-parallel.ts';

/**
 * @param specs of all parameters, by name
 * @param loss over inputs `parameters/<name>`
 */
export function parameterShardings(
  specs: Readonly<Record<string, { readonly shape: Shape }>>,
  loss: Tensor,
  mesh: Mesh,
): Readonly<Record<string, Sharding>> {
  const inputs = new Map(
    order([loss]).flatMap((node) => (is(node, 'input') ? [[node.attributes.name, node] as const] : [])),
  );
  const used = Object.keys(specs).flatMap((name) => {
    const tensor = inputs.get(`parameters/${name}`);
    return tensor ? [[name, tensor] as const] : [];
  });
  const cut = tensorParallelDimensions(loss, Object.fromEntries(used), dividesBy(mesh, 'tensor'));
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, parameterSharding(shape, mesh, cut[name])]),
  );
}
