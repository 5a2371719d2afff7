import { add, mul } from '@orrery/graph';
import { mapTensors, type Optimizer } from './optimizer.ts';

/**
 * An optimizer whose gradients hold that of coefficient / 2 * (sum of squared parameters), biases included: what PyTorch's
 * optimizers call weight_decay. Adam scales it as it scales the rest, so it is not AdamW's decay.
 */
export function withL2(optimizer: Optimizer, coefficient: number): Optimizer {
  if (coefficient === 0) return optimizer;
  return {
    slots: optimizer.slots,
    update: (state) =>
      optimizer.update({
        ...state,
        gradients: mapTensors(state.parameters, (name) =>
          add(state.gradients[name], mul(state.parameters[name], coefficient)),
        ),
      }),
  };
}
