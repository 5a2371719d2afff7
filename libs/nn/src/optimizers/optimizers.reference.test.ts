/** Each optimizer, and what is done to gradients and weights, against Optax over six updates. */
import { constant, evaluate, input, program, size } from '@orrery/graph';
import { describe, expect, test } from 'vitest';
import { adam, adamW, clipByGlobalNorm, movingAverage, rmsProp, sgd, type Optimizer } from '../index.ts';
import { reference, wave } from '../reference.fixture.ts';

const shapes = { 'a.kernel': [2, 3], 'a.bias': [3] };
const names = Object.keys(shapes) as (keyof typeof shapes)[];

/** Shortens the gradients before it updates. */
const clipped = (largest: number, optimizer: Optimizer): Optimizer => ({
  ...optimizer,
  update: (state) =>
    optimizer.update({ ...state, gradients: clipByGlobalNorm(state.gradients, largest).gradients }),
});

const optimizers: Record<string, Optimizer> = {
  adam: adam(),
  'adam, beta1 0.8, beta2 0.95, epsilon 1e-3': adam({ beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }),
  'adamW, weightDecay 0.1': adamW({ weightDecay: 0.1 }),
  sgd: sgd(),
  'sgd, momentum 0.9': sgd({ momentum: 0.9 }),
  'sgd, momentum 0.9, nesterov': sgd({ momentum: 0.9, nesterov: true }),
  rmsProp: rmsProp(),
  'rmsProp, decay 0.9, momentum 0.8': rmsProp({ decay: 0.9, momentum: 0.8 }),
  'rmsProp, centred': rmsProp({ decay: 0.9, epsilon: 1e-3, centred: true }),
  'clipped sgd': clipped(1, sgd()),
};

/** One update as a program over f64: state in, state out under the same names. */
function updateProgram(optimizer: Optimizer) {
  const group = (prefix: string) =>
    Object.fromEntries(names.map((name) => [name, input(`${prefix}/${name}`, shapes[name], 'f64')]));
  const next = optimizer.update({
    parameters: group('parameters'),
    gradients: group('gradients'),
    slots: Object.fromEntries(optimizer.slots.map((slot) => [slot, group(slot)])),
    learningRate: constant(0.01, [], 'f64'),
    step: input('step', [], 'f64'),
  });
  const outputs = Object.entries({ parameters: next.parameters, ...next.slots }).flatMap(
    ([prefix, tensors]) => names.map((name) => [`${prefix}/${name}`, tensors[name]] as const),
  );
  return program(Object.fromEntries(outputs));
}

test('every optimizer that was computed elsewhere is compared, and no other', () => {
  expect(Object.keys(optimizers).sort()).toEqual(Object.keys(reference.optimizers).sort());
});

describe('six updates of Optax', () => {
  test.each(Object.entries(reference.optimizers))('%s', (optimizerName, updates) => {
    const optimizer = optimizers[optimizerName];
    const { outputs } = updateProgram(optimizer);
    let state: Record<string, Float64Array> = {};
    names.forEach((name, k) => {
      state[`parameters/${name}`] = wave(size(shapes[name]), k);
      for (const slot of optimizer.slots) state[`${slot}/${name}`] = new Float64Array(size(shapes[name]));
    });
    updates.forEach((expected, index) => {
      const t = index + 1;
      const gradients = names.map((name, k) => [`gradients/${name}`, wave(size(shapes[name]), 2 * t + k)]);
      const feeds = { ...state, ...Object.fromEntries(gradients), step: Float64Array.of(t) };
      state = evaluate(outputs, feeds) as Record<string, Float64Array>;
      for (const name of names) {
        // Ours and PyTorch's clipping adds 1e-6 to the norm; Optax does not.
        const tolerance = optimizerName.startsWith('clipped') ? 1e-7 : 1e-9;
        expected[name].forEach((value, i) =>
          expect(Math.abs(state[`parameters/${name}`][i] - value)).toBeLessThan(tolerance),
        );
      }
    });
  });
});

test('moving average: optax.incremental_update with the decay that rises with the step', () => {
  const average = { w: input('average', [3], 'f64') };
  const next = movingAverage(average, { w: input('w', [3], 'f64') }, 0.6, input('step', [], 'f64'));
  let values = wave(3, 0);
  reference.movingAverage.forEach((expected, index) => {
    const t = index + 1;
    const feeds = { average: values, w: wave(3, t), step: Float64Array.of(t) };
    [values] = evaluate([next.w], feeds) as Float64Array[];
    expected.forEach((value, i) => expect(Math.abs(values[i] - value)).toBeLessThan(1e-9));
  });
});

test('rmsProp: a constant gradient, which deviates from its mean by nothing, stays finite when centred', () => {
  const optimizer = rmsProp({ decay: 0.5, centred: true });
  const { outputs } = updateProgram(optimizer);
  let state: Record<string, Float64Array> = {};
  for (const name of names) {
    for (const group of ['parameters', ...optimizer.slots]) {
      state[`${group}/${name}`] = new Float64Array(size(shapes[name]));
    }
  }
  const gradients = Object.fromEntries(
    names.map((name) => [`gradients/${name}`, new Float64Array(size(shapes[name])).fill(0.1)]),
  );
  for (let t = 1; t <= 60; t++) {
    state = evaluate(outputs, { ...state, ...gradients, step: Float64Array.of(t) }) as typeof state;
  }
  for (const name of names) expect(state[`parameters/${name}`].every(Number.isFinite)).toBe(true);
});
