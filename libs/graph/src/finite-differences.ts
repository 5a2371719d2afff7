/** Gradients by evaluation alone: what `gradient` is tested against, here and in the rooms that build on it. */
import { is } from './apply.ts';
import { evaluate } from './evaluate.ts';
import type { Feeds } from './evaluate.ts';
import type { Tensor } from './tensor.ts';

/**
 * (loss(x + h) - loss(x - h)) / 2h for each element of each input. Build the graph in f64: in f32, rounding hides
 * the difference.
 * @param loss a scalar
 * @param inputs "input" nodes that are fed
 * @param step h
 */
export function finiteDifferences(
  loss: Tensor,
  inputs: readonly Tensor[],
  feeds: Feeds,
  step = 1e-5,
): Float64Array[] {
  return inputs.map((tensor) => {
    if (!is(tensor, 'input')) throw new Error(`finiteDifferences: a ${tensor.op} cannot be fed; give inputs`);
    const { name } = tensor.attributes;
    const values = Float64Array.from(feeds[name]);
    const lossAt = (index: number, value: number) =>
      evaluate([loss], { ...feeds, [name]: values.with(index, value) })[0][0];
    return values.map((x, index) => (lossAt(index, x + step) - lossAt(index, x - step)) / (2 * step));
  });
}
