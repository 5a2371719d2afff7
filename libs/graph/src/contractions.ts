/** Ops that multiply and sum: matrix products and convolutions. */
import { apply } from './apply.ts';
import type { OpAttributes, Tensor } from './tensor.ts';

/** [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return apply('matmul', [a, b], {});
}

type Pair = readonly [number, number];

export interface Conv2dOptions {
  readonly stride?: number | Pair;
  /** zeros: on all sides, [vertical, horizontal], or [[top, bottom], [left, right]] */
  readonly padding?: number | Pair | readonly [Pair, Pair];
  readonly dilation?: number | Pair;
}

/**
 * Cross-correlation, as every deep-learning library calls convolution.
 * @param x [B, C, H, W]
 * @param kernel [O, C, kH, kW]
 * @returns [B, O, H', W'] with H' = floor((H + top + bottom - dilation (kH - 1) - 1) / stride) + 1
 */
export function conv2d(x: Tensor, kernel: Tensor, options: Conv2dOptions = {}): Tensor {
  return apply('conv2d', [x, kernel], windowOf(options));
}

/** Options with every direction spelt out. */
export function windowOf({ stride = 1, padding = 0, dilation = 1 }: Conv2dOptions): OpAttributes['conv2d'] {
  const [vertical, horizontal] = pair<number | Pair>(padding);
  return { stride: pair(stride), padding: [pair(vertical), pair(horizontal)], dilation: pair(dilation) };
}

function pair<T>(value: T | readonly [T, T]): readonly [T, T];
function pair(value: unknown): unknown {
  return Array.isArray(value) ? value : [value, value];
}
