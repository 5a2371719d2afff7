import { concat, cos, expandDims, mul, constant, sin, type Tensor, modelError } from '@orrery/graph';

/**
 * Positions, times or noise levels as waves of falling frequency: Vaswani et al. (2017), section 3.5, with all cosines
 * before all sines as in Peebles and Xie (2023).
 * @param x [...] f32
 * @param features even; wave i of each half has angular frequency period^(-2 i / features)
 * @param period of the slowest wave, over 2 pi; 10000 by default
 * @returns [..., features]
 * @throws when features is odd
 */
export function sinusoids(x: Tensor, features: number, period = 10_000): Tensor {
  const half = features / 2;
  if (!Number.isInteger(half) || half < 1) {
    throw modelError(`sinusoids: ${features} features are not pairs of waves; give an even number`);
  }
  const frequencies = Array.from({ length: half }, (_, i) => period ** (-i / half));
  const angles = mul(expandDims(x, -1), constant(frequencies, [half], x.dtype)); // [..., half]
  return concat([cos(angles), sin(angles)], -1);
}
