import { evaluate, finiteDifferences, gradient, input, size, type Tensor } from '@orrery/graph';
import { initialise, parameterCount } from '@orrery/nn';
import { describe, expect, test } from 'vitest';
import { egnn, egnnConfig } from '../index.ts';
import computed from './reference.json' with { type: 'json' };

interface Case {
  readonly config: { readonly layers: number; readonly features: number };
  /** [B, N, D] */
  readonly bodies: readonly [number, number, number];
  readonly parameterCount: number;
  readonly predicted: readonly number[];
  readonly loss: number;
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly gradients?: Readonly<Record<string, readonly number[]>>;
}
// JSON has arrays of any length, and not every case has all names.
const reference = computed as unknown as Readonly<Record<string, Case>>;

/** Irregular values of either sign, up to 1; the same as in reference.py. */
const wave = (length: number, seed: number) =>
  Float64Array.from({ length }, (_, i) => Math.sin(1 + 2.399963 * i + 7.1 * seed));

/** The model of a case with its inputs and values: parameters of any size, far from where training starts. */
function setUp({ config, bodies: [batch, count, dimensions] }: Case, dtype: 'f32' | 'f64' = 'f64') {
  const model = egnn(config);
  const parameters: Record<string, Tensor> = {};
  const values: Record<string, Float64Array> = {};
  Object.entries(model.parameters).forEach(([name, { shape }], k) => {
    parameters[name] = input(name, shape, dtype);
    values[name] = wave(size(shape), k).map((value) => (0.5 * value) / Math.sqrt(shape[0]));
  });
  const shape = [batch, count, dimensions];
  const bodies = {
    positions: input('positions', shape, dtype),
    velocities: input('velocities', shape, dtype),
    charges: input('charges', [batch, count], dtype),
  };
  const target = input('target', shape, dtype);
  const feeds = {
    ...values,
    positions: wave(size(shape), 50),
    velocities: wave(size(shape), 51),
    charges: Float64Array.from({ length: batch * count }, (_, i) => (i % 2 ? -1 : 1)),
    target: wave(size(shape), 52),
  };
  return { model, parameters, bodies, target, feeds };
}

const singles = (feeds: Readonly<Record<string, Float64Array>>) =>
  Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, Float32Array.from(values)]));

describe('what PyTorch computes, see reference.py', () => {
  test.each(Object.entries(reference))('%s: prediction, loss and gradients', (_, found) => {
    const { model, parameters, bodies, target, feeds } = setUp(found);
    expect(parameterCount(model.parameters)).toBe(found.parameterCount);
    expect(Object.keys(model.parameters)).toEqual(Object.keys(found.gradientNorms));
    const loss = model.loss(parameters, bodies, target);
    const slopes = gradient(loss, Object.values(parameters));
    const predicted = model.predict(parameters, bodies);
    const [value, points, ...gradients] = evaluate([loss, predicted, ...slopes], feeds);
    expect(value[0]).toBeCloseTo(found.loss, 8);
    found.predicted.forEach((coordinate, i) => expect(points[i]).toBeCloseTo(coordinate, 8));
    Object.entries(found.gradientNorms).forEach(([name, norm], i) => {
      expect(Math.hypot(...gradients[i])).toBeCloseTo(norm, 8);
      found.gradients?.[name].forEach((slope, j) => expect(gradients[i][j]).toBeCloseTo(slope, 8));
    });
  });

  test('in single precision to 1e-4', () => {
    const found = reference.published;
    const { model, parameters, bodies, target, feeds } = setUp(found, 'f32');
    const outputs = [model.loss(parameters, bodies, target), model.predict(parameters, bodies)];
    const [loss, points] = evaluate(outputs, singles(feeds));
    expect(Math.abs(loss[0] - found.loss)).toBeLessThan(1e-4);
    found.predicted.forEach((value, i) => expect(Math.abs(points[i] - value)).toBeLessThan(1e-4));
  });

  test('the default configuration has the 134,020 parameters of the authors’ n-body model', () => {
    expect(parameterCount(egnn(egnnConfig.parse({})).parameters)).toBe(134_020);
  });
});

describe('equivariance in double precision', () => {
  const found = reference.published;
  const [batch, count] = found.bodies;
  const { model, parameters, bodies, feeds } = setUp(found);
  const predict = (given: typeof feeds) =>
    evaluate({ points: model.predict(parameters, bodies) }, given).points as Float64Array;
  type Vector = readonly [number, number, number];
  const map = (points: Float64Array, change: (point: Vector) => Vector) =>
    Float64Array.from({ length: points.length / 3 }, (_, i) => i).reduce((result, i) => {
      result.set(change([points[3 * i], points[3 * i + 1], points[3 * i + 2]]), 3 * i);
      return result;
    }, new Float64Array(points.length));
  const expectSame = (a: Float64Array, b: Float64Array) =>
    a.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(1e-12));

  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const about = ([x, y, z]: Vector): Vector => [c * x - s * y, s * x + c * y, z];
  const turn = ([x, y, z]: Vector): Vector => {
    const [a, b, d] = about([x, y, z]);
    return about([b, d, a]);
  };
  const mirror = ([x, y, z]: Vector): Vector => [-x, y, z];
  test.each([
    ['rotation', turn],
    ['reflection', mirror],
    ['both', (point: Vector) => turn(mirror(point))],
  ])('%s', (_, change) => {
    const before = predict(feeds);
    const positions = map(feeds.positions, change);
    const after = predict({ ...feeds, positions, velocities: map(feeds.velocities, change) });
    expectSame(after, map(before, change));
    expect(Math.hypot(...after.map((value, i) => value - before[i]))).toBeGreaterThan(0.1);
  });

  test('translation', () => {
    const move = ([x, y, z]: Vector): Vector => [x + 3, y - 2, z + 0.5];
    const after = predict({ ...feeds, positions: map(feeds.positions, move) });
    expectSame(after, map(predict(feeds), move));
  });

  test('permutation', () => {
    const order = [3, 0, 4, 1, 2];
    const permute = (values: Float64Array, width: number) =>
      Float64Array.from({ length: values.length }, (_, i) => {
        const [scene, within] = [Math.floor(i / (count * width)), i % (count * width)];
        return values[scene * count * width + order[Math.floor(within / width)] * width + (within % width)];
      });
    const after = predict({
      ...feeds,
      positions: permute(feeds.positions, 3),
      velocities: permute(feeds.velocities, 3),
      charges: permute(feeds.charges, 1),
    });
    expectSame(after, permute(predict(feeds), 3));
  });

  test('it tells opposite charges from equal ones, and scenes of a batch do not touch', () => {
    const before = predict(feeds);
    const charges = feeds.charges.with(0, -feeds.charges[0]);
    const after = predict({ ...feeds, charges });
    const first = (before.length / batch) | 0;
    expect(Math.hypot(...after.slice(0, first).map((value, i) => value - before[i]))).toBeGreaterThan(1e-3);
    expect(after.slice(first)).toEqual(before.slice(first));
  });
});

test('gradients by velocities agree with central differences', () => {
  const { model, parameters, bodies, target, feeds } = setUp(reference.small);
  const loss = model.loss(parameters, bodies, target);
  const [exact] = evaluate(gradient(loss, [bodies.velocities]), feeds);
  const [measured] = finiteDifferences(loss, [bodies.velocities], feeds);
  exact.forEach((slope, i) => expect(Math.abs(slope - measured[i])).toBeLessThan(1e-7));
});

test('untrained, it moves no body by what it receives', () => {
  const { feeds } = setUp(reference.published);
  const model = egnn(egnnConfig.parse({}));
  const { bodies } = setUp({ ...reference.published, config: egnnConfig.parse({}) }, 'f32');
  const inputs = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, input(name, shape)]),
  );
  const start = initialise(model.parameters, [0, 7]);
  const still = { ...singles(feeds), ...start, velocities: new Float32Array(feeds.velocities.length) };
  const { points } = evaluate({ points: model.predict(inputs, bodies) }, still);
  points.forEach((value, i) => expect(Math.abs(value - feeds.positions[i])).toBeLessThan(0.01));
});

test('bodies of odd shapes are refused', () => {
  const { model, parameters, bodies } = setUp(reference.small);
  const charges = input('charges', [2, 4], 'f64');
  expect(() => model.predict(parameters, { ...bodies, charges })).toThrow(
    'egnn: positions [2, 3, 3], velocities [2, 3, 3], charges [2, 4]; give [B, N, D] twice and [B, N]',
  );
});
