import { formatShape, gather, type Tensor, modelError } from '@orrery/graph';
import { normal, type Initialiser } from '../initialisers.ts';
import { defineLayer, type Layer } from './layer.ts';

export interface EmbeddingOptions {
  /** Entries of the table: indices run from 0 to count - 1. */
  readonly count: number;
  readonly features: number;
  /** of the table; a normal of deviation 0.02 by default */
  readonly initialiser?: Initialiser;
}

/** Looks up a vector for each index: i32 [...] -> [..., features], with `<name>.table` [count, features]. */
export function embedding(name: string, options: EmbeddingOptions): Layer<readonly [indices: Tensor]> {
  const { count, features, initialiser = normal(0.02) } = options;
  const table = `${name}.table`;
  return defineLayer(
    { [table]: { shape: [count, features], initialiser } },
    (parameters, indices: Tensor) => {
      if (indices.dtype !== 'i32') {
        throw modelError(
          `embedding "${name}": indices are ${indices.dtype} ${formatShape(indices.shape)}, not i32; cast them`,
        );
      }
      return gather(parameters[table], indices);
    },
  );
}
