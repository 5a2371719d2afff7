import { add, div, minimum, mul, reduceSum, sqrt, square, type Tensor } from '@orrery/graph';
import { mapTensors, type Tensors } from './optimizer.ts';

/** The length of all gradients as one vector: [] f32. */
export function globalNorm(gradients: Tensors): Tensor {
  const squares = Object.values(gradients).map((gradient) => reduceSum(square(gradient)));
  return sqrt(squares.reduce((sum, part) => add(sum, part)));
}

/**
 * Shortens the vector of all gradients to `largest` where it is longer: Pascanu et al. (2013), algorithm 1.
 * @returns the gradients and the norm that they had
 */
export function clipByGlobalNorm(
  gradients: Tensors,
  largest: number,
): { readonly gradients: Tensors; readonly norm: Tensor } {
  const norm = globalNorm(gradients);
  // The small number keeps a norm of 0 from dividing by 0; PyTorch adds the same.
  const factor = minimum(div(largest, add(norm, 1e-6)), 1);
  return { gradients: mapTensors(gradients, (name) => mul(gradients[name], factor)), norm };
}
