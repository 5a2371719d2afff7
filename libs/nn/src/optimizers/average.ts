import { add, minimum, mul, sub, div, type Tensor } from '@orrery/graph';
import { mapTensors, type Tensors } from './optimizer.ts';

/**
 * Exponential moving average of the weights: average + (1 - d) (parameter - average), with the decay d held to
 * (1 + step) / (10 + step) so that the first weights are forgotten soon, as TensorFlow's ExponentialMovingAverage does.
 * @param step [] f32, 1 at the first update
 */
export function movingAverage(average: Tensors, parameters: Tensors, decay: number, step: Tensor): Tensors {
  const held = minimum(div(add(step, 1), add(step, 10)), decay);
  const fresh = sub(1, held);
  return mapTensors(parameters, (name) =>
    add(average[name], mul(fresh, sub(parameters[name], average[name]))),
  );
}
