import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bits,
  foldIn,
  key,
  normal,
  permutation,
  randomIntegers,
  split,
  threefry2x32,
  truncatedNormal,
  uniform,
} from './index.ts';

// Values from jax 0.10.2 with k = jax.random.PRNGKey(42) unless a test says otherwise.
describe('Threefry-2x32', () => {
  test('known answers of the Random123 distribution', () => {
    expect(threefry2x32([0, 0], 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32([0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });

  test('jax.random.split(k, 3)', () => {
    expect(split(key(42), 3)).toEqual([
      [1832780943, 270669613],
      [64467757, 2916123636],
      [2465931498, 255383827],
    ]);
  });

  test('jax.random.fold_in(k, 7)', () => {
    expect(foldIn(key(42), 7)).toEqual([2547012911, 1371500959]);
  });

  test('jax.random.bits(k, (5,))', () => {
    expect([...bits(key(42), 5)]).toEqual([2098992034, 2919706841, 2646866425, 2409546199, 1935504149]);
  });

  test('jax.random.uniform(k, (5,)), bit for bit', () => {
    expect([...uniform(key(42), 5)]).toEqual([
      0.48870956897735596, 0.6797971725463867, 0.6162714958190918, 0.5610160827636719, 0.4506446123123169,
    ]);
  });

  test('jax.random.normal(k, (5,))', () => {
    const expected = [
      -0.02830461598932743, 0.4671318531036377, 0.2957029640674591, 0.15354591608047485, -0.12403281778097153,
    ];
    normal(key(42), 5).forEach((z, i) => expect(z).toBeCloseTo(expected[i]!, 6));
  });

  test('normals have the moments of jax.random.normal(k, (100000,)): standard deviation 0.99832720', () => {
    const z = normal(key(42), 100_000);
    const mean = z.reduce((a, b) => a + b) / z.length;
    const sd = Math.sqrt(z.reduce((a, b) => a + (b - mean) ** 2, 0) / z.length);
    expect(sd).toBeCloseTo(0.9983271956443787, 5);
  });

  test('jax.random.truncated_normal(k, -2, 2, (5,)), and nothing beyond two', () => {
    const expected = [-0.0270165, 0.4443808, 0.2818771, 0.1465081, -0.1183623];
    truncatedNormal(key(42), 5).forEach((z, i) => expect(z).toBeCloseTo(expected[i]!, 5));
    expect(truncatedNormal(key(1), 10_000).every((z) => Math.abs(z) <= 2)).toBe(true);
  });

  test('a seed out of range is refused', () => {
    expect(() => key(-1)).toThrow('seed -1 is not an integer from 0 to 4294967295');
    expect(() => key(0.5)).toThrow('seed 0.5');
  });
});

describe('draws', () => {
  const anyKey = fc.nat(0xffffffff).map(key);

  test('uniform stays in its range', () => {
    fc.assert(
      fc.property(anyKey, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (k, low) =>
        uniform(k, 64, low, low + 2).every((x) => x >= Math.fround(low) && x <= Math.fround(low + 2)),
      ),
    );
  });

  test('a permutation holds each index once', () => {
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 1, max: 200 }), (k, n) => new Set(permutation(k, n)).size === n),
    );
  });

  test('integers stay in range and reach its ends', () => {
    const draws = randomIntegers(key(1), 10_000, -3, 4);
    expect(Math.min(...draws)).toBe(-3);
    expect(Math.max(...draws)).toBe(3);
    expect(() => randomIntegers(key(1), 1, 2, 2)).toThrow('empty');
  });
});
