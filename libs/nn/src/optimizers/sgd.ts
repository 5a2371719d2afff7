import { add, mul, sub } from '@orrery/graph';
import { mapTensors, type Optimizer } from './optimizer.ts';

export interface SgdOptions {
  /** 0 (plain gradient descent) by default. */
  readonly momentum?: number;
  /** Looks ahead along the momentum: Sutskever et al. (2013), equations 3 and 4. */
  readonly nesterov?: boolean;
}

/** velocity = momentum velocity + gradient; parameter -= learningRate velocity, as PyTorch and optax define it. */
export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Optimizer {
  if (momentum === 0) {
    return {
      slots: [],
      update: ({ parameters, gradients, learningRate }) => ({
        parameters: mapTensors(parameters, (name) =>
          sub(parameters[name], mul(learningRate, gradients[name])),
        ),
        slots: {},
      }),
    };
  }
  return {
    slots: ['velocity'],
    update({ parameters, gradients, slots, learningRate }) {
      const velocity = mapTensors(parameters, (name) =>
        add(mul(slots.velocity[name], momentum), gradients[name]),
      );
      const direction = (name: string) =>
        nesterov ? add(mul(velocity[name], momentum), gradients[name]) : velocity[name];
      return {
        parameters: mapTensors(parameters, (name) =>
          sub(parameters[name], mul(learningRate, direction(name))),
        ),
        slots: { velocity },
      };
    },
  };
}
