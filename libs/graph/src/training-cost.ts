/** What a step of training costs, forward and backward: the model FLOPs that utilisation (MFU) counts. */
import { cost } from './cost.ts';
import type { Cost } from './cost.ts';
import { gradient } from './gradient.ts';
import type { Tensor } from './tensor.ts';

export interface TrainingCost {
  /** Of the loss alone. */
  readonly forward: Cost;
  /** Of its gradients, without what the forward pass has computed. */
  readonly backward: Pick<Cost, 'flops' | 'matrixFlops' | 'bytes' | 'count'>;
  /** FLOPs of matrix products and convolutions, both ways. Chowdhery et al. (2022), "PaLM", appendix B. */
  readonly modelFlops: number;
}

/**
 * From the graph before any pass, so that what rematerialisation computes again does not count.
 * @param loss a float scalar
 */
export function trainingCost(loss: Tensor, parameters: readonly Tensor[]): TrainingCost {
  const forward = cost([loss]);
  const whole = cost([loss, ...gradient(loss, parameters)]);
  return {
    forward,
    backward: {
      flops: whole.flops - forward.flops,
      matrixFlops: whole.matrixFlops - forward.matrixFlops,
      bytes: whole.bytes - forward.bytes,
      count: whole.count - forward.count,
    },
    modelFlops: whole.matrixFlops,
  };
}
