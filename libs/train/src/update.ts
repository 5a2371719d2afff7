/** What an update makes of a loss, as a graph: the gradient, cut where it is long, the optimizer's step and the average. */
import { gradient, input, type Tensor } from '@orrery/graph';
import {
  clipByGlobalNorm,
  globalNorm,
  learnedNames,
  movingAverage,
  type Optimizer,
  type ParameterSpecs,
  type Tensors,
} from '@orrery/nn';
import { stateGroups, stateName } from './training-state.ts';

type Inputs = Readonly<Record<string, Tensor<'input'>>>;

/** The state's inputs: by group, and in it by parameter. */
export function stateInputs(
  specs: ParameterSpecs,
  optimizer: Optimizer,
  averageDecay: number,
): Readonly<Record<string, Inputs>> {
  const groups = Object.entries(stateGroups(specs, optimizer, averageDecay));
  return Object.fromEntries(groups.map(([group, names]) => [group, groupInputs(group, specs, names)]));
}

/** One group of the state, or some of it. */
export function groupInputs(group: string, specs: ParameterSpecs, names: readonly string[]): Inputs {
  return Object.fromEntries(names.map((name) => [name, input(stateName(group, name), specs[name].shape)]));
}

export interface UpdateOptions {
  readonly specs: ParameterSpecs;
  /** Of `stateInputs`. */
  readonly state: Readonly<Record<string, Inputs>>;
  /** [] f32, of the parameters in `state` */
  readonly loss: Tensor;
  readonly optimizer: Optimizer;
  /** Largest length of the vector of all gradients; none where it is undefined. */
  readonly clip: number | undefined;
  readonly averageDecay: number;
  /** [] f32 */
  readonly learningRate: Tensor;
  /** [] f32, 1 at the first update */
  readonly step: Tensor;
  /** The next value of each parameter that is not learned. */
  readonly statistics?: Tensors;
}

/** @returns the next state by `stateName`, and the length that the gradient had */
export function update(options: UpdateOptions): {
  readonly next: Readonly<Record<string, Tensor>>;
  readonly gradientNorm: Tensor;
} {
  const { specs, state, loss, optimizer, clip, averageDecay, learningRate, step, statistics = {} } = options;
  const { parameters, average, ...slots } = state;
  const learned = pick(parameters, learnedNames(specs));
  const raw = gradient(loss, Object.values(learned));
  const slopes = Object.fromEntries(Object.keys(learned).map((name, i) => [name, raw[i]]));
  const { gradients, norm } =
    clip === undefined ? { gradients: slopes, norm: globalNorm(slopes) } : clipByGlobalNorm(slopes, clip);
  const moved = optimizer.update({ parameters: learned, gradients, slots, learningRate, step });
  const groups: Record<string, Tensors> = {
    parameters: { ...moved.parameters, ...statistics },
    ...moved.slots,
  };
  // Statistics are means already: the average takes them as they are.
  if (average) {
    const weights = movingAverage(pick(average, Object.keys(learned)), moved.parameters, averageDecay, step);
    groups.average = { ...weights, ...statistics };
  }
  const next = Object.entries(state).flatMap(([group, names]) =>
    Object.keys(names).map((name) => [stateName(group, name), groups[group][name]] as const),
  );
  return { next: Object.fromEntries(next), gradientNorm: norm };
}

/** The entries of some names, in their order. */
export function pick<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, record[name]]));
}
