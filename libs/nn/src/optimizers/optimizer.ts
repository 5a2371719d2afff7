/** An optimizer: one update of all parameters, as a graph. */
import type { Tensor } from '@orrery/graph';

export type Tensors = Readonly<Record<string, Tensor>>;

export interface Update {
  /** By name. */
  readonly parameters: Tensors;
  /** d loss / d parameter, under the same names. */
  readonly gradients: Tensors;
  /** What the optimizer remembers: for each of its slots a tensor as large as each parameter; zeros at first. */
  readonly slots: Readonly<Record<string, Tensors>>;
  /** [] f32 */
  readonly learningRate: Tensor;
  /** [] f32, 1 at the first update */
  readonly step: Tensor;
}

export interface Optimizer {
  /** Names of its slots. */
  readonly slots: readonly string[];
  update(state: Update): Pick<Update, 'parameters' | 'slots'>;
}

/** A function of the name, over all names of `tensors`. */
export function mapTensors(tensors: Tensors, compute: (name: string) => Tensor): Tensors {
  return Object.fromEntries(Object.keys(tensors).map((name) => [name, compute(name)]));
}
