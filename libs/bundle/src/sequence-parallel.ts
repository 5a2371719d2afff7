/**
 * Which values inside a program are cut along their tokens: what norms read, the residual stream of a transformer. Between
 * them the partitioner keeps tokens apart as long as nothing mixes them, and gathers keys and values for attention. Where
 * weights are cut too, tokens between products are cut along both axes: Korthikanti et al. (2022), "Reducing Activation
 * Recomputation in Large Transformer Models", section 4.2.2.
 */
import type { Program, Shape, Tensor } from '@orrery/graph';
import { findComposites, type Mesh, type Sharding } from '@orrery/stablehlo';
import { partsOf } from './layout.ts';

/**
 * @returns how each lies; nothing where no axis of tokens divides by the usual parts, and the mesh does not say others
 * @throws when no axis of tokens divides by the mesh
 */
export function tokenShardings({ outputs }: Program, mesh: Mesh): ReadonlyMap<Tensor, Sharding> {
  const streams = findComposites(Object.values(outputs))
    .filter(({ name }) => name !== 'orrery.attention')
    .map(({ operands: [x] }) => x)
    .filter(({ shape }) => shape.length >= 3);
  // Heads are normed too, over fewer features.
  const widest = Math.max(...streams.map(({ shape }) => shape.at(-1)!));
  const stream = streams.filter(({ shape }) => shape.at(-1) === widest);
  const tokens = stream.length > 0 ? tokenAxis(stream[0].shape, partsOf(mesh, 'sequence')) : undefined;
  if (tokens === undefined) {
    if (mesh.sequence === 1) return new Map();
    throw new Error(
      `mesh sequence=${mesh.sequence}: the model has no axis of tokens that divides by it; choose other axes`,
    );
  }
  const both = partsOf(mesh, 'sequence') * partsOf(mesh, 'tensor');
  // What has another rank, or is a part of the stream that does not divide, is the partitioner's.
  const same = stream.filter(({ shape }) => shape.length === stream[0].shape.length);
  const cut = same.filter(({ shape }) => shape[tokens] % partsOf(mesh, 'sequence') === 0);
  return new Map(
    cut.map((x) => {
      const axes = x.shape[tokens] % both === 0 ? ['sequence', 'tensor'] : ['sequence'];
      const sharding = x.shape.map((_, axis) =>
        axis === tokens ? axes : axis === 0 ? ['data', 'fsdp'] : [],
      );
      return [x, sharding];
    }),
  );
}

/** Of [B, ..., F]: the longest axis between batch and features that divides, the last of several. */
function tokenAxis(shape: Shape, parts: number): number | undefined {
  const between = shape.map((extent, axis) => ({ extent, axis })).slice(1, -1);
  const divisible = between.filter(({ extent }) => extent % parts === 0);
  return divisible.sort((a, b) => b.extent - a.extent || b.axis - a.axis)[0]?.axis;
}
