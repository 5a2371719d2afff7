import { evaluate, gradient, input, reduceSum, size } from '@orrery/graph';
import { initialise, parameterCount } from '@orrery/nn';
import { describe, expect, test } from 'vitest';
import reference from './reference.json' with { type: 'json' };
import { hnn, hnnBaseline, hnnConfig, type LearnedDynamics } from '../index.ts';

const { batch, width } = reference;

/** Irregular values of either sign, up to 1; those of reference.py. */
const wave = (length: number, seed: number) =>
  Float64Array.from({ length }, (_, i) => Math.sin(1 + 2.399963 * i + 7.1 * seed));

function tensors(model: LearnedDynamics, coordinates: number, dtype: 'f32' | 'f64' = 'f64') {
  const specs = Object.entries(model.parameters);
  return {
    parameters: Object.fromEntries(specs.map(([name, { shape }]) => [name, input(name, shape, dtype)])),
    x: input('x', [batch, coordinates], dtype),
    dx: input('dx', [batch, coordinates], dtype),
    feeds: {
      ...Object.fromEntries(specs.map(([name, { shape }], k) => [name, wave(size(shape), k)])),
      x: wave(batch * coordinates, 10),
      dx: wave(batch * coordinates, 11),
    },
  };
}

type Expected = (typeof reference.hnn)[number] | (typeof reference.baseline)[number];

function expectAsInJax(model: LearnedDynamics, expected: Expected): void {
  const { parameters, x, dx, feeds } = tensors(model, expected.coordinates);
  const loss = model.loss(parameters, { x, dx });
  const motion = model.timeDerivative(parameters, x);
  const names = Object.keys(expected.gradients);
  const slopes = gradient(
    loss,
    names.map((name) => parameters[name]),
  );
  const [value, derivative, ...gradients] = evaluate([loss, motion, ...slopes], feeds);
  expect(Object.keys(model.parameters)).toEqual(names);
  expect(value[0]).toBeCloseTo(expected.loss, 10);
  const close = (actual: ArrayLike<number>, wanted: readonly number[]) => {
    expect(actual.length).toBe(wanted.length);
    wanted.forEach((number, i) => expect(actual[i]).toBeCloseTo(number, 10));
  };
  close(derivative, expected.timeDerivative);
  Object.values(expected.gradients).forEach((wanted, i) => close(gradients[i], wanted));
}

describe('Hamiltonian network', () => {
  test.each(reference.hnn)(
    '$coordinates coordinates: energy, motion, loss and gradients are those of JAX',
    (expected) => {
      const model = hnn({ coordinates: expected.coordinates, width });
      expectAsInJax(model, expected);
      const { parameters, x, feeds } = tensors(model, expected.coordinates);
      const { energy } = evaluate({ energy: model.hamiltonian(parameters, x) }, feeds);
      expected.output.forEach((value, i) => expect(energy[i]).toBeCloseTo(value, 10));
    },
  );

  test.each(reference.baseline)('$coordinates coordinates: the baseline too', (expected) => {
    expectAsInJax(hnnBaseline({ coordinates: expected.coordinates, width }), expected);
  });

  test('its motion changes its energy by nothing: the slope of H along dx/dt is 0', () => {
    const model = hnn({ coordinates: 6, width });
    const { parameters, x, feeds } = tensors(model, 6);
    const [slope] = gradient(reduceSum(model.hamiltonian(parameters, x)), [x]);
    const [along, motion] = evaluate([slope, model.timeDerivative(parameters, x)], feeds);
    for (let b = 0; b < batch; b++) {
      let change = 0;
      for (let i = 0; i < 6; i++) change += along[6 * b + i] * motion[6 * b + i];
      expect(Math.abs(change)).toBeLessThan(1e-12);
    }
  });

  test("starts as the authors' network: orthogonal kernels, biases within 1/sqrt(inputs); 200 weights fewer than theirs", () => {
    const model = hnn(hnnConfig.parse({}));
    // Theirs: 2 * 200 + 200 + 200 * 200 + 200 + 200 * 2, of which one of two outputs is used.
    expect(parameterCount(model.parameters)).toBe(41_200 - 200);
    const start = initialise(model.parameters, [0, 7]);
    const kernel = start['second.kernel'];
    for (const [a, b] of [
      [0, 0],
      [3, 3],
      [0, 1],
      [17, 150],
    ]) {
      let product = 0;
      for (let i = 0; i < 200; i++) product += kernel[200 * i + a] * kernel[200 * i + b];
      expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
    }
    const bound = (values: Float32Array) => Math.max(...values.map(Math.abs));
    expect(bound(start['first.bias'])).toBeLessThanOrEqual(1 / Math.sqrt(2));
    expect(bound(start['first.bias'])).toBeGreaterThan(0.9 / Math.sqrt(2));
    expect(bound(start['second.bias'])).toBeLessThanOrEqual(1 / Math.sqrt(200));
  });

  test('an odd number of coordinates is refused', () => {
    expect(() => hnnConfig.parse({ coordinates: 3 })).toThrow('each position has its momentum');
  });
});
