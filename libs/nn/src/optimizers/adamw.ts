import { add, div, mul, pow, sqrt, square, sub } from '@orrery/graph';
import { mapTensors, type Optimizer } from './optimizer.ts';

export interface AdamWOptions {
  /** Decay of the first moment, 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the second moment, 0.999 by default. */
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Fraction of each decayed parameter that a learning rate of 1 would take off, 0.01 by default. */
  readonly weightDecay?: number;
  /** Which parameters decay; all but those of rank 1 (biases and scales) by default. */
  readonly decays?: (name: string, rank: number) => boolean;
}

/**
 * Adam with decoupled weight decay: Loshchilov and Hutter (2019), algorithm 2. Without weight decay it is Adam:
 * Kingma and Ba (2015), algorithm 1.
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  const { decays = (_name, rank) => rank > 1 } = options;
  return {
    slots: ['moment1', 'moment2'],
    update({ parameters, gradients, slots, learningRate, step }) {
      const moment1 = mapTensors(parameters, (name) =>
        add(mul(slots.moment1[name], beta1), mul(gradients[name], 1 - beta1)),
      );
      const moment2 = mapTensors(parameters, (name) =>
        add(mul(slots.moment2[name], beta2), mul(square(gradients[name]), 1 - beta2)),
      );
      // Scalars gather both bias corrections: m^ / (sqrt(v^) + e) = (m / c1) sqrt(c2) / (sqrt(v) + e sqrt(c2)).
      const root = sqrt(sub(1, pow(beta2, step)));
      const rate = mul(learningRate, div(root, sub(1, pow(beta1, step))));
      const smallest = mul(root, epsilon);
      const kept = sub(1, mul(learningRate, weightDecay));
      const next = mapTensors(parameters, (name) => {
        const parameter = parameters[name];
        const move = div(moment1[name], add(sqrt(moment2[name]), smallest));
        const decayed = weightDecay !== 0 && decays(name, parameter.shape.length);
        return sub(decayed ? mul(parameter, kept) : parameter, mul(move, rate));
      });
      return { parameters: next, slots: { moment1, moment2 } };
    },
  };
}
