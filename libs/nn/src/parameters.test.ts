import { key } from '@orrery/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  constantly,
  fans,
  glorotNormal,
  heNormal,
  initialise,
  lecunNormal,
  normal,
  ones,
  parameterCount,
  zeros,
  type Initialiser,
} from './index.ts';

const close = (values: ArrayLike<number>, expected: readonly number[]) =>
  expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));

describe('initialisers', () => {
  // jax.nn.initializers.variance_scaling(scale, mode, 'normal', in_axis=1, out_axis=0)(PRNGKey(42), (4, 3, 2, 2))
  // for convolutions, with the default axes and shape (3, 5) for linear layers; jax 0.10.2.
  test.each<[string, Initialiser, number[], number[]]>([
    ['He, convolution', heNormal, [4, 3, 2, 2], [-0.0115553113, 0.1907057911, 0.1207202375, 0.0626848564]],
    ['LeCun, linear', lecunNormal, [3, 5], [-0.0163416769, 0.2696987092, 0.1707241833, 0.0886497721]],
    ['Glorot, linear', glorotNormal, [3, 5], [-0.014152308, 0.2335659266, 0.147851482, 0.076772958]],
    [
      'Glorot, convolution',
      glorotNormal,
      [4, 3, 2, 2],
      [-0.0075647268, 0.1248462349, 0.0790299401, 0.0410368703],
    ],
  ])('%s', (_, initialiser, shape, expected) => close(initialiser(key(42), shape), expected));

  test('constants', () => {
    expect([...zeros(key(0), [2])]).toEqual([0, 0]);
    expect([...ones(key(0), [2, 1])]).toEqual([1, 1]);
    expect([...constantly(-2)(key(0), [3])]).toEqual([-2, -2, -2]);
  });

  test('a shape that has no fans is refused', () => {
    expect(() => fans([3])).toThrow('fans: [3] is neither [inputs, outputs] nor');
    expect(() => heNormal(key(0), [2, 2, 2])).toThrow('use normal(standardDeviation)');
  });

  test('deviations follow the fans', () => {
    const extent = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(extent, extent, extent, (outputs, channels, size) => {
        const shape = [outputs, channels, size, size];
        expect(fans(shape)).toEqual({ fanIn: channels * size * size, fanOut: outputs * size * size });
        const unit = normal(1)(key(7), shape);
        const ratio = Math.sqrt(2 / (channels * size * size));
        heNormal(key(7), shape).forEach((value, i) => expect(value).toBeCloseTo(unit[i] * ratio, 6));
      }),
      { numRuns: 30 },
    );
  });
});

describe('initialise', () => {
  const spec = { shape: [4, 4], initialiser: normal(1) };

  test('a parameter starts the same whatever others there are', () => {
    const alone = initialise({ 'a.kernel': spec }, key(1));
    const beside = initialise({ 'b.kernel': spec, 'a.kernel': spec }, key(1));
    expect(beside['a.kernel']).toEqual(alone['a.kernel']);
    expect(beside['b.kernel']).not.toEqual(beside['a.kernel']);
  });

  test('another key, another start', () => {
    expect(initialise({ a: spec }, key(1))).not.toEqual(initialise({ a: spec }, key(2)));
  });

  test('an initialiser of the wrong size is named', () => {
    const broken = { shape: [2, 2], initialiser: () => new Float32Array(3) };
    expect(() => initialise({ 'head.kernel': broken }, key(0))).toThrow(
      'parameter "head.kernel": its initialiser gave 3 values for [2, 2]; give 4',
    );
  });

  test('counting', () => {
    expect(parameterCount({ a: spec, b: { shape: [], initialiser: zeros } })).toBe(17);
  });
});
