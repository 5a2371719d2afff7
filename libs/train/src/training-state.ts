/** What training turns into the next of its kind: named groups of arrays, one array a parameter. */
import { initialise, learnedNames, type Optimizer, type ParameterSpecs } from '@orrery/nn';
import type { Key } from '@orrery/random';
import type { NamedArray } from './safetensors.ts';

/**
 * The names of the parameters in each group: the values themselves, what the optimizer remembers of those that are
 * learned, and the moving average.
 */
export function stateGroups(
  specs: ParameterSpecs,
  optimizer: Optimizer,
  averageDecay: number,
): Readonly<Record<string, readonly string[]>> {
  const all = Object.keys(specs);
  const learned = learnedNames(specs);
  return {
    parameters: all,
    ...Object.fromEntries(optimizer.slots.map((slot) => [slot, learned])),
    ...(averageDecay > 0 ? { average: all } : {}),
  };
}

/** "moment1/blocks.0.first.kernel" */
export function stateName(group: string, parameter: string): string {
  return `${group}/${parameter}`;
}

/**
 * The state by `stateName` before the first update: an average starts as the weights, a slot as zeros.
 * @param first the weights; drawn from the key by default
 */
export function initialState(
  specs: ParameterSpecs,
  optimizer: Optimizer,
  averageDecay: number,
  key: Key,
  first: Readonly<Record<string, Float32Array>> = initialise(specs, key),
): Record<string, NamedArray> {
  const state: Record<string, NamedArray> = {};
  for (const [group, names] of Object.entries(stateGroups(specs, optimizer, averageDecay))) {
    for (const name of names) {
      const starts = group === 'parameters' || group === 'average';
      const data = starts ? first[name].slice() : new Float32Array(first[name].length);
      state[stateName(group, name)] = { shape: specs[name].shape, data };
    }
  }
  return state;
}

/** The weights that are used after training, by parameter: the averaged ones where there are such. */
export function usedParameters<T>(state: Readonly<Record<string, T>>): Record<string, T> {
  const names = Object.keys(state);
  const group = names.some((name) => name.startsWith('average/')) ? 'average/' : 'parameters/';
  return Object.fromEntries(
    names.filter((name) => name.startsWith(group)).map((name) => [name.slice(group.length), state[name]]),
  );
}
