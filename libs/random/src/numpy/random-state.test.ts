import { createHash } from 'node:crypto';
import { roundedLogarithm } from '@orrery/numerics';
import { describe, expect, test } from 'vitest';
import reference from '../../reference/random-state.json' with { type: 'json' };
import { RandomState } from '../index.ts';

// All expected values are NumPy's: see reference/random-state.py.

/** SHA-256 of values as little-endian doubles. */
function digest(values: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(8 * values.length));
  for (let i = 0; i < values.length; i++) bytes.setFloat64(8 * i, values[i]!, true);
  return createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex');
}

const { count } = reference;

describe("NumPy's RandomState", () => {
  test('one stream with all methods', () => {
    const state = new RandomState(42);
    const weights = [0.1, 0, 0.4, 0.2, 0.3];
    const draws: ArrayLike<number>[] = [
      state.rand(3),
      state.randint(0, 10, 5),
      state.randn(3),
      state.uniform(-2, 3, 2),
      state.choice(5, 6, { p: weights }),
      state.choice(7, 4),
      state.choice(9, 4, { replace: false }),
      state.choice(5, 3, { replace: false, p: weights }),
      state.permutation(8),
      state.normal(3, 0.5, 2),
      state.randint(-3, 2 ** 32 - 3, 3),
      state.randint(5, 6, 2),
      state.randomSample(2),
    ];
    const letters = [0, 1, 2, 3, 4, 5];
    state.shuffle(letters);
    draws.push(letters, [state.rand()]);
    expect(draws.map((values) => Array.from(values))).toEqual(reference.short);
  });

  test('seeds, and lists of seeds', () => {
    for (const [seed, values] of Object.entries(reference.seeds))
      expect([...new RandomState(Number(seed)).rand(3)]).toEqual(values);
    expect([...new RandomState([1, 2 ** 31 + 5, 3]).rand(3)]).toEqual(reference.arraySeed);
    const long = Array.from({ length: 700 }, (_, i) => i);
    expect([...new RandomState(long).rand(3)]).toEqual(reference.longArraySeed);
  });

  test('200,000 draws of uniforms, integers, choices and a permutation have the same bits', () => {
    expect(digest(new RandomState(1).rand(count))).toBe(reference.rand);
    expect(digest(new RandomState(2).randint(0, 1000, count))).toBe(reference.randint);
    const choice = new RandomState(5).choice(4, count, { p: [0.5, 0.1, 0.15, 0.25] });
    expect(digest(choice)).toBe(reference.choice);
    expect(digest(new RandomState(6).permutation(count))).toBe(reference.permutation);
  });

  test('of 200,000 normals 199,940 have the same bits; the others are those whose logarithm glibc rounds otherwise', () => {
    const normals = new RandomState(7).randn(count);
    expect(reference.randnWhereLogarithmDiffers).toHaveLength(60);
    for (const [index, value] of reference.randnWhereLogarithmDiffers) {
      expect(normals[index!]).not.toBe(value);
      expect(Math.abs(normals[index!]! - value!)).toBeLessThanOrEqual(2 ** -51 * Math.abs(value!));
      normals[index!] = value!;
    }
    expect(digest(normals)).toBe(reference.randn);
  });

  test('skipped normals leave the stream where drawn ones do', () => {
    reference.afterSkipped.forEach((values, n) => {
      const state = new RandomState(8);
      state.randn();
      state.skipRandn(n);
      expect([...state.randn(3)]).toEqual(values);
    });
  });

  test('the logarithm is that of 60 decimal digits, rounded', () => {
    for (const [x, logarithm] of reference.logarithms) expect(roundedLogarithm(x!)).toBe(logarithm);
    expect(roundedLogarithm(1)).toBe(0);
    expect(roundedLogarithm(0)).toBe(-Infinity);
    expect(roundedLogarithm(-1)).toBeNaN();
  });

  test('what cannot be drawn is refused', () => {
    const state = new RandomState(0);
    expect(() => new RandomState(-1)).toThrow('seed -1 is not an integer from 0 to 4294967295');
    expect(() => new RandomState([])).toThrow('empty');
    expect(() => state.randint(3, 3)).toThrow('[3, 3) is not a range');
    expect(() => state.normal(0, -1)).toThrow('standard deviation -1');
    expect(() => state.choice(0, 1)).toThrow('population of 0');
    expect(() => state.choice(3, 4, { replace: false })).toThrow('4 of 3 without replacement');
    expect(() => state.choice(3, 1, { p: [0.5, 0.5] })).toThrow('2 probabilities for a population of 3');
    expect(() => state.choice(2, 1, { p: [0.5, 0.4] })).toThrow('sum to 0.9');
    expect(() => state.choice(2, 1, { p: [1.5, -0.5] })).toThrow('probability -0.5');
    expect(() => state.choice(3, 3, { replace: false, p: [0.5, 0.5, 0] })).toThrow('only 2 probabilities');
  });
});
