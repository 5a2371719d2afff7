import { key } from '@orrery/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blocks,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  truncatedNormal,
  uniform,
  type Initialiser,
} from './index.ts';
import { reference } from './reference.fixture.ts';

const initialisers: Record<string, Initialiser> = {
  ...{ glorotUniform, heUniform, lecunUniform, glorotNormal, heNormal, lecunNormal },
  'glorotUniform, convolution': glorotUniform,
  uniform: uniform(0.25),
  truncatedNormal: truncatedNormal(0.02),
  'orthogonal, tall': orthogonal(),
  'orthogonal, wide': orthogonal(),
  'orthogonal, gain': orthogonal(2),
};

describe('the values that JAX draws from the same key', () => {
  test.each(Object.entries(reference.initialisers))('%s', (name, { shape, values }) => {
    const drawn = initialisers[name](key(42), shape);
    expect(drawn.length).toBe(values.length);
    values.forEach((value, i) => expect(Math.abs(drawn[i] - value)).toBeLessThan(2e-6));
  });
});

describe('distributions', () => {
  // Moments of 40,000 draws: deviations of the estimates are below 1 %.
  const shape = [200, 200];
  const limit = Math.sqrt(6 / 400);
  test.each<[string, Initialiser, number, number]>([
    ['glorotUniform', glorotUniform, 2 / 400, limit],
    ['glorotNormal', glorotNormal, 2 / 400, Infinity],
    ['heUniform', heUniform, 2 / 200, Math.sqrt(6 / 200)],
    ['lecunUniform', lecunUniform, 1 / 200, Math.sqrt(3 / 200)],
    // scipy.stats.truncnorm.var(-2, 2)
    ['truncatedNormal', truncatedNormal(1), 0.7737413035499232, 2],
  ])('%s: mean 0, its variance, and nothing beyond its limit', (_, initialiser, variance, largest) => {
    const values = initialiser(key(3), shape);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03 * Math.sqrt(variance));
    expect(Math.abs(square / variance - 1)).toBeLessThan(0.03);
    expect(values.every((value) => Math.abs(value) <= largest * (1 + 1e-6))).toBe(true);
  });
});

describe('orthogonal', () => {
  test('columns, or rows where there are fewer, are orthonormal', () => {
    const extent = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(extent, extent, fc.nat(1000), (rows, columns, seed) => {
        const values = orthogonal()(key(seed), [rows, columns]);
        const at = (row: number, column: number) => values[row * columns + column];
        const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
        const entry = (vector: number, i: number) => (rows < columns ? at(vector, i) : at(i, vector));
        for (let a = 0; a < count; a++) {
          for (let b = 0; b <= a; b++) {
            let product = 0;
            for (let i = 0; i < length; i++) product += entry(a, i) * entry(b, i);
            expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('blocks', () => {
  test('each block is drawn by itself', () => {
    const values = blocks(3, orthogonal())(key(1), [4, 12]);
    const block = (k: number) =>
      Array.from({ length: 16 }, (_, i) => values[Math.floor(i / 4) * 12 + 4 * k + (i % 4)]);
    expect(block(0)).not.toEqual(block(1));
    for (let k = 0; k < 3; k++) {
      const squares = block(k).reduce((sum, value) => sum + value * value, 0);
      expect(squares).toBeCloseTo(4, 5);
    }
  });

  test('fans are those of a block', () => {
    const values = blocks(4, glorotNormal)(key(1), [50, 200]);
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(square / (2 / 100) - 1)).toBeLessThan(0.05);
  });

  test('a width that does not divide is refused', () => {
    expect(() => blocks(3, normal(1))(key(0), [2, 4])).toThrow(
      'blocks: the last axis of [2, 4] is no multiple of 3; change it',
    );
  });
});
