import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cosine, sine } from './trigonometry.ts';

// Python's mpmath at 50 digits, rounded to the nearest double: mpmath.sin(mpf(x)), mpmath.cos(mpf(x)).
test.each([
  [0.5, 0.479425538604203, 0.8775825618903728],
  [1, 0.8414709848078965, 0.5403023058681398],
  [3, 0.1411200080598672, -0.9899924966004454],
  [-10, 0.5440211108893698, -0.8390715290764524],
])('sin and cos of %f', (x, sin, cos) => {
  expect(Math.abs(sine(x) - sin)).toBeLessThanOrEqual(2 ** -52);
  expect(Math.abs(cosine(x) - cos)).toBeLessThanOrEqual(2 ** -52);
});

test('agree with the engine to an ulp or two, and lie on the circle', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e5, max: 1e5, noNaN: true }), (x) => {
      expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(3e-16);
      expect(Math.abs(cosine(x) - Math.cos(x))).toBeLessThan(3e-16);
      expect(sine(-x) + sine(x)).toBe(0);
    }),
    { numRuns: 2000 },
  );
  expect([sine(0), cosine(0)]).toEqual([0, 1]);
});

test('arguments that cannot be reduced are refused', () => {
  expect(() => sine(NaN)).toThrow('angle NaN rad');
  expect(() => cosine(1e7)).toThrow('angle 10000000 rad: not within 2^20 rad; reduce it first');
});
