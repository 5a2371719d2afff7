import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arctangent, arctangent2 } from './arctangent.ts';

// Python's mpmath at 50 digits, rounded to the nearest double: mpmath.atan(mpf(x)).
test.each([
  [0.1, 0.09966865249116204],
  [0.5, 0.46364760900080615],
  [1, 0.7853981633974483],
  [-10, -1.4711276743037347],
])('atan of %f', (x, expected) => {
  expect(Math.abs(arctangent(x) - expected)).toBeLessThanOrEqual(5e-16);
});

test('agrees with the engine in all quadrants', () => {
  const coordinate = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(coordinate, coordinate, (x, y) => {
      expect(Math.abs(arctangent(x) - Math.atan(x))).toBeLessThan(5e-16);
      // Math.atan2 tells 0 from -0, which an angle does not need.
      expect(Math.abs(arctangent2(y, x) - Math.atan2(y === 0 ? 0 : y, x === 0 ? 0 : x))).toBeLessThan(1e-15);
    }),
    { numRuns: 2000 },
  );
  expect(arctangent(Infinity)).toBe(Math.PI / 2);
  expect(arctangent(NaN)).toBeNaN();
});
