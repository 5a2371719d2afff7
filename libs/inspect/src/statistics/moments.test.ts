import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatherMoments } from './moments.ts';

const of = (...pieces: number[][]) => {
  const moments = gatherMoments();
  for (const piece of pieces) moments.add(piece);
  return moments.result();
};

describe('moments', () => {
  test('of 2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation 2', () => {
    expect(of([2, 4, 4], [4, 5, 5, 7, 9])).toEqual({
      ...{ count: 8, skipped: 0, minimum: 2, maximum: 9, mean: 5, deviation: 2 },
    });
  });

  test('leave out what is not finite, and say so', () => {
    expect(of([NaN, 3, Infinity], [-Infinity])).toMatchObject({
      count: 1,
      skipped: 3,
      mean: 3,
      deviation: 0,
    });
    expect(of([NaN])).toMatchObject({ count: 0, skipped: 1, minimum: null, mean: null, deviation: null });
  });

  test('a large offset costs no digits', () => {
    const { deviation } = of([1e9, 1e9 + 2], [1e9 + 4, 1e9 + 6]);
    expect(deviation).toBeCloseTo(Math.sqrt(5), 9);
  });

  test('do not depend on how the numbers are cut into pieces', () => {
    const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(numbers, fc.nat(), (all, at) => {
        const cut = 1 + (at % (all.length - 1));
        const [whole, pieces] = [of(all), of(all.slice(0, cut), all.slice(cut))];
        expect(pieces.mean).toBeCloseTo(whole.mean!, 9);
        expect(pieces.deviation).toBeCloseTo(whole.deviation!, 6);
        expect([pieces.count, pieces.minimum]).toEqual([whole.count, whole.minimum]);
      }),
      { seed: 1 },
    );
  });
});
