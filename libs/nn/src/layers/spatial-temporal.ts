import { add, transpose } from '@orrery/graph';
import { attention, type AttentionOptions } from './attention.ts';
import { causal } from './attention-masks.ts';
import { expectShape } from './expect-shape.ts';
import { collect, defineLayer, type Layer } from './layer.ts';
import { layerNorm } from './norms.ts';
import { gridPositions } from './rotary.ts';

export interface SpatialTemporalOptions extends Pick<
  AttentionOptions,
  'features' | 'heads' | 'queryKeyNorm' | 'outputInitialiser'
> {
  /** Shape of the tokens of a frame, [N] or [rows, columns]: turns on rotary positions along each, and along time. */
  readonly grid?: readonly number[];
}

/**
 * Attention of a video in two steps, each added to x after a layer norm: the tokens of a frame among themselves, then each
 * token with its own past. The cost grows with T N^2 + N T^2 in place of (T N)^2: Bruce et al., "Genie" (2024), section 2,
 * after Xu et al. (2020). [B, T, N, features] -> [B, T, N, features]; layers `<name>.spatial` and `<name>.temporal`, with
 * norms `<name>.spatialNorm` and `<name>.temporalNorm`.
 */
export function spatialTemporalAttention(name: string, options: SpatialTemporalOptions): Layer {
  const { grid, ...shared } = options;
  const { features } = shared;
  const positions = grid && gridPositions(grid);
  const spatial = attention(`${name}.spatial`, { ...shared, rotary: positions && { positions } });
  const temporal = attention(`${name}.temporal`, { ...shared, mask: causal, rotary: grid !== undefined });
  const spatialNorm = layerNorm(`${name}.spatialNorm`, { features });
  const temporalNorm = layerNorm(`${name}.temporalNorm`, { features });
  return defineLayer(collect(spatial, temporal, spatialNorm, temporalNorm), (parameters, x) => {
    const wanted = ['B', 'T', positions?.[0].length ?? 'N', features];
    const layer = `spatialTemporalAttention "${name}"`;
    expectShape(layer, 'x', x, wanted, 'change "features", "grid" or x');
    const y = add(x, spatial(parameters, spatialNorm(parameters, x)));
    const tokensFirst = transpose(temporalNorm(parameters, y), [0, 2, 1, 3]); // [B, N, T, features]
    return add(y, transpose(temporal(parameters, tokensFirst), [0, 2, 1, 3]));
  });
}
