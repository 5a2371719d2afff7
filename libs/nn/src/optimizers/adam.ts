import { adamW, type AdamWOptions } from './adamw.ts';
import type { Optimizer } from './optimizer.ts';

export type AdamOptions = Pick<AdamWOptions, 'beta1' | 'beta2' | 'epsilon'>;

/** Steps along the mean gradient over the root of the mean squared one: Kingma and Ba (2015), algorithm 1. */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamW({ ...options, weightDecay: 0 });
}
