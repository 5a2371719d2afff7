import { add, div, maximum, mul, sqrt, square, sub, type Tensor } from '@orrery/graph';
import { mapTensors, type Optimizer, type Tensors } from './optimizer.ts';

export interface RmsPropOptions {
  /** Of the mean squared gradient, 0.99 by default. */
  readonly decay?: number;
  /** Added to the root, 1e-8 by default. */
  readonly epsilon?: number;
  /** Of the steps taken, 0 by default. */
  readonly momentum?: number;
  /** Divides by the deviation from the mean gradient rather than by its root mean square: Graves (2013), equation 40. */
  readonly centred?: boolean;
}

/**
 * gradient / (sqrt(mean squared gradient) + epsilon): Tieleman and Hinton, lecture 6.5 (2012), with PyTorch's defaults. With
 * momentum, velocity = momentum velocity + that; parameter -= learningRate velocity.
 */
export function rmsProp(options: RmsPropOptions = {}): Optimizer {
  const { decay = 0.99, epsilon = 1e-8, momentum = 0, centred = false } = options;
  return {
    slots: ['meanSquare', ...(centred ? ['mean'] : []), ...(momentum > 0 ? ['velocity'] : [])],
    update({ parameters, gradients, slots, learningRate }) {
      const running = (before: Tensor, now: Tensor) => add(mul(before, decay), mul(now, 1 - decay));
      const next: Record<string, Tensors> = {
        meanSquare: mapTensors(parameters, (name) =>
          running(slots.meanSquare[name], square(gradients[name])),
        ),
      };
      if (centred) {
        next.mean = mapTensors(parameters, (name) => running(slots.mean[name], gradients[name]));
      }
      const direction = (name: string) => {
        const second = next.meanSquare[name];
        // Rounding may take a deviation of 0 below it.
        const spread = centred ? maximum(sub(second, square(next.mean[name])), 0) : second;
        return div(gradients[name], add(sqrt(spread), epsilon));
      };
      const steps = mapTensors(parameters, (name) =>
        momentum > 0 ? add(mul(slots.velocity[name], momentum), direction(name)) : direction(name),
      );
      if (momentum > 0) next.velocity = steps;
      return {
        parameters: mapTensors(parameters, (name) => sub(parameters[name], mul(learningRate, steps[name]))),
        slots: next,
      };
    },
  };
}
