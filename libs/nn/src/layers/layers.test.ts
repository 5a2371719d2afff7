import {
  evaluate,
  finiteDifferences,
  input,
  reduceSum,
  relu,
  square,
  gradient,
  size,
  type Tensor,
} from '@orrery/graph';
import { key } from '@orrery/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  collect,
  convolution,
  groupNorm,
  initialise,
  layerNorm,
  linear,
  mlp,
  rmsNorm,
  samePadding,
  type Layer,
} from '../index.ts';

const sines = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i));
const cosines = (length: number) => Float32Array.from({ length }, (_, i) => Math.cos(i));
const close = (values: ArrayLike<number>, expected: readonly number[], digits = 5) =>
  expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, digits));

/** Runs a layer on x with given parameters, by the reference evaluator. */
function run(layer: Layer, shape: number[], x: Float32Array, values: Record<string, ArrayLike<number>>) {
  const parameters = Object.fromEntries(
    Object.entries(layer.parameters).map(([name, spec]) => [name, input(name, spec.shape)]),
  );
  const y = layer(parameters, input('x', shape));
  const feeds = Object.fromEntries(Object.entries(values).map(([name, v]) => [name, Float32Array.from(v)]));
  return { shape: y.shape, values: evaluate({ y }, { x, ...feeds }).y };
}

describe('convolution', () => {
  // jax.lax.conv_general_dilated(x, w, (s, s), 'SAME', rhs_dilation=(d, d), dimension_numbers=('NCHW', 'OIHW', 'NCHW'))
  // + b, with x = sin(arange) [2, 2, 4, 5], w = cos(arange) [3, 2, 3, 3], b = [0.1, -0.2, 0.3]; jax 0.10.2.
  test.each([
    [{}, [2, 3, 4, 5], [0.1993862987, 2.3881897926, 2.1320159435, 0.1914947629, -0.6340139508], 130.5181427],
    [{ stride: 2 }, [2, 3, 2, 3], [0.0993179977, 0.2415644228, 0.2715762854], 33.54351425],
    [
      { dilation: 2 },
      [2, 3, 4, 5],
      [0.3846719861, 2.3324913979, 3.4847419262, 2.2490456104, 0.4376631975],
      361.8321228,
    ],
  ])('"same" with %o', (options, shape, row, squares) => {
    const layer = convolution('c', { inputs: 2, outputs: 3, ...options });
    const y = run(layer, [2, 2, 4, 5], sines(80), { 'c.kernel': cosines(54), 'c.bias': [0.1, -0.2, 0.3] });
    expect(y.shape).toEqual(shape);
    const plane = shape[2] * shape[3];
    close(y.values.slice(5 * plane), row); // image 1, channel 2, row 0
    expect([...y.values].reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(squares, 2);
  });

  test('without bias and padding', () => {
    const layer = convolution('c', { inputs: 1, outputs: 1, size: 2, padding: 0, bias: false });
    expect(Object.keys(layer.parameters)).toEqual(['c.kernel']);
    const y = run(layer, [1, 1, 2, 2], Float32Array.of(1, 2, 3, 4), { 'c.kernel': [1, 10, 100, 1000] });
    expect([y.shape, ...y.values]).toEqual([[1, 1, 1, 1], 4321]);
  });

  test('"same" gives ceil(extent / stride), whatever the kernel', () => {
    const small = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), small, small, small, (extent, side, stride, dilation) => {
        const [before, after] = samePadding(extent, { size: side, stride, dilation });
        const reach = dilation * (side - 1) + 1;
        expect(after - before).toBeGreaterThanOrEqual(0);
        expect(after - before).toBeLessThanOrEqual(1);
        // A kernel that is shorter than the stride may leave pixels unseen; otherwise the count is exact.
        const outputs = Math.floor((extent + before + after - reach) / stride) + 1;
        expect(outputs).toBe(Math.ceil(extent / stride));
      }),
    );
  });
});

describe('linear', () => {
  test('x W + b over leading axes', () => {
    const layer = linear('l', { inputs: 2, outputs: 3 });
    const values = { 'l.kernel': [1, 2, 3, 10, 20, 30], 'l.bias': [0.5, 0, -0.5] };
    const y = run(layer, [2, 1, 2], Float32Array.of(1, 1, 2, 0), values);
    expect(y.shape).toEqual([2, 1, 3]);
    expect([...y.values]).toEqual([11.5, 22, 32.5, 2.5, 4, 5.5]);
  });

  test('features that do not fit are named', () => {
    const layer = linear('blocks.1.out', { inputs: 2, outputs: 3, bias: false });
    const parameters = { 'blocks.1.out.kernel': input('k', [2, 3]) };
    expect(() => layer(parameters, input('x', [5, 4]))).toThrow(
      'linear "blocks.1.out": x [5, 4] is not [..., 2]; change "inputs" or x',
    );
  });
});

describe('mlp', () => {
  test('layers with an activation between', () => {
    const layer = mlp('m', { widths: [1, 2, 1], activation: relu });
    expect(Object.keys(layer.parameters)).toEqual(['m.0.kernel', 'm.0.bias', 'm.1.kernel', 'm.1.bias']);
    const values = { 'm.0.kernel': [1, -1], 'm.0.bias': [0, 0], 'm.1.kernel': [1, 1], 'm.1.bias': [0] };
    // relu(x) + relu(-x) = |x|
    expect([...run(layer, [3, 1], Float32Array.of(-2, 0.5, 3), values).values]).toEqual([2, 0.5, 3]);
  });

  test('the last layer may start as zero', () => {
    const layer = mlp('m', {
      widths: [2, 2, 2],
      activation: relu,
      lastInitialiser: (_, s) => new Float32Array(size(s)),
    });
    const y = run(layer, [1, 2], Float32Array.of(3, -4), initialise(layer.parameters, key(0)));
    expect([...y.values]).toEqual([0, 0]);
  });
});

describe('norms', () => {
  // NumPy: x = sin(arange(24)) [2, 3, 4], statistics over the last axis, epsilon 1e-5, at [1, 2].
  const scale = [1, 2, 0.5, -1];
  test('layerNorm', () => {
    const y = run(layerNorm('n', { features: 4 }), [2, 3, 4], sines(24), {
      'n.scale': scale,
      'n.bias': [0, 0.1, 0.2, 0.3],
    });
    close(y.values.slice(20), [0.9629625678, 1.8127735853, 0.0376114994, 1.7945723534]);
  });
  test('rmsNorm', () => {
    const y = run(rmsNorm('n', { features: 4 }), [2, 3, 4], sines(24), { 'n.scale': scale });
    close(y.values.slice(20), [1.2173498869, 2.2312457561, -0.0059013069, 1.1283768415]);
  });
  test('groupNorm with one group a channel has mean 0 and variance 1 in each channel', () => {
    const layer = groupNorm('n', { features: 4, groups: 4, epsilon: 0 });
    const y = run(layer, [2, 4, 3, 3], sines(72), initialise(layer.parameters, key(0)));
    for (let at = 0; at < 72; at += 9) {
      const channel = [...y.values.slice(at, at + 9)];
      expect(channel.reduce((a, b) => a + b)).toBeCloseTo(0, 4);
      expect(channel.reduce((a, b) => a + b * b, 0) / 9).toBeCloseTo(1, 4);
    }
  });
  test('groupNorm with one group is layerNorm over everything', () => {
    const grouped = run(groupNorm('n', { features: 2, groups: 1 }), [3, 2, 2, 2], sines(24), {
      'n.scale': [1, 1],
      'n.bias': [0, 0],
    });
    const flat = run(layerNorm('n', { features: 8 }), [3, 8], sines(24), {
      'n.scale': Array(8).fill(1),
      'n.bias': Array(8).fill(0),
    });
    close(grouped.values, [...flat.values]);
  });
  test('groups that do not divide are refused', () => {
    expect(() => groupNorm('n', { features: 6, groups: 4 })).toThrow('4 groups do not divide 6 features');
  });
});

describe('layers', () => {
  test('gradients flow to every parameter', () => {
    const layers: [Layer, number[]][] = [
      [convolution('c', { inputs: 2, outputs: 2, stride: 2 }), [1, 2, 3, 3]],
      [groupNorm('n', { features: 4, groups: 2 }), [2, 4, 2, 1]],
      [mlp('m', { widths: [3, 4, 2], activation: (x: Tensor) => square(x) }), [2, 3]],
    ];
    for (const [layer, shape] of layers) {
      const specs = Object.entries(layer.parameters);
      const parameters = Object.fromEntries(
        specs.map(([name, spec]) => [name, input(name, spec.shape, 'f64')]),
      );
      const loss = reduceSum(square(layer(parameters, input('x', shape, 'f64'))));
      const feeds = Object.fromEntries([
        ['x', Float64Array.from(sines(size(shape)))],
        ...specs.map(([name, spec], i) => [
          name,
          Float64Array.from(cosines(size(spec.shape)), (v) => v + 0.1 * i),
        ]),
      ]) as Record<string, Float64Array>;
      const inputs = Object.values(parameters);
      const exact = evaluate(gradient(loss, inputs), feeds);
      finiteDifferences(loss, inputs, feeds).forEach((slopes, i) =>
        slopes.forEach((slope, j) =>
          expect(Math.abs(exact[i][j] - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope))),
        ),
      );
    }
  });

  test('missing and misshapen parameters are named', () => {
    const layer = linear('head', { inputs: 2, outputs: 1 });
    const x = input('x', [1, 2]);
    expect(() => layer({}, x)).toThrow('parameter "head.kernel": missing; give one of shape [2, 1]');
    const wrong = { 'head.kernel': input('k', [1, 2]), 'head.bias': input('b', [1]) };
    expect(() => layer(wrong, x)).toThrow('parameter "head.kernel": it is [1, 2]; give one of shape [2, 1]');
  });

  test('names are taken once', () => {
    const layer = linear('head', { inputs: 2, outputs: 1 });
    expect(() => collect(layer, layer)).toThrow('parameter "head.kernel": two layers declare it');
  });
});
