import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arctangent, arctangent2, exponential, naturalLogarithm } from './index.ts';

/** How far two doubles are apart, in units of the last place of the second. */
function ulps(value: number, exact: number): number {
  if (value === exact) return 0;
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(exact))));
  return Math.abs(value - exact) / 2 ** Math.max(-1074, exponent - 52);
}

// Python's mpmath at 50 digits, rounded to the nearest double: float(mpmath.atan(mpmath.mpf(x))), and so on.
test.each([
  [1e-9, 1e-9],
  [0.1, 0.09966865249116204],
  [0.5, 0.4636476090008061],
  [0.6875, 0.6022873461349642],
  [1, 0.7853981633974483],
  [1.5, 0.982793723247329],
  [2.4375, 1.1814796049617557],
  [10, 1.4711276743037347],
  [-1e5, -1.570786326794897],
])('arctangent of %f', (x, exact) => {
  expect(ulps(arctangent(x), exact)).toBeLessThanOrEqual(1);
});

test.each([
  [1, 2, 0.4636476090008061],
  [1, -2, 2.677945044588987],
  [-3, -0.5, -1.7359450042095235],
  [-0.25, 4, -0.06241880999595735],
  [1e-20, -1, 3.141592653589793],
  [0.75, 1e-300, 1.5707963267948966],
])('arctangent of %f over %f', (y, x, exact) => {
  expect(ulps(arctangent2(y, x), exact)).toBeLessThanOrEqual(2);
});

test.each([
  [-745, 5e-324],
  [-708.5, 2.006132305331306e-308],
  [-20, 2.061153622438558e-9],
  [-1, 0.36787944117144233],
  [-1e-10, 0.9999999999],
  [0.3, 1.3498588075760032],
  [1, 2.718281828459045],
  [10.5, 36315.502674246636],
  [88.7, 3.325986980250579e38],
  [709.7, 1.6549840276802644e308],
])('exponential of %f', (x, exact) => {
  expect(ulps(exponential(x), exact)).toBeLessThanOrEqual(1);
});

test.each([
  [5e-324, -744.4400719213812],
  [1e-310, -713.8013788281542],
  [1e-5, -11.512925464970229],
  [0.5, -0.6931471805599453],
  [0.7, -0.35667494393873245],
  [0.99999, -1.0000050000287824e-5],
  [1.0000001, 9.999999505838704e-8],
  [1.5, 0.4054651081081644],
  [2, 0.6931471805599453],
  [10, 2.302585092994046],
  [12345.678, 9.421061321291832],
  [1e300, 690.7755278982137],
])('natural logarithm of %f', (x, exact) => {
  expect(ulps(naturalLogarithm(x), exact)).toBeLessThanOrEqual(1);
});

test('agree with the engine to 2 ulp', () => {
  const any = fc.double({ noNaN: true, noDefaultInfinity: true });
  const near = fc.double({ min: -40, max: 40, noNaN: true });
  fc.assert(
    fc.property(fc.oneof(any, near), fc.oneof(any, near), (x, y) => {
      expect(ulps(arctangent(x), Math.atan(x))).toBeLessThanOrEqual(2);
      if (Math.abs(Math.atan2(y, x)) > 1e-300)
        expect(ulps(arctangent2(y, x), Math.atan2(y, x))).toBeLessThanOrEqual(3);
      expect(ulps(exponential(x), Math.exp(x))).toBeLessThanOrEqual(2);
      expect(ulps(naturalLogarithm(Math.abs(x)), Math.log(Math.abs(x)))).toBeLessThanOrEqual(2);
    }),
    { numRuns: 3000 },
  );
});

test('the edges of their domains are those of the engine', () => {
  const edges = [0, -0, 1, -1, Infinity, -Infinity, NaN];
  for (const x of edges) {
    expect(arctangent(x)).toBe(Math.atan(x));
    expect(ulps(exponential(x), Math.exp(x)) || 0).toBeLessThanOrEqual(1);
    expect(naturalLogarithm(x)).toBe(Math.log(x));
    for (const y of edges) expect(arctangent2(y, x), `${y}, ${x}`).toBe(Math.atan2(y, x));
  }
  expect([0, -0, Infinity, -Infinity, NaN, 710, -746].map(exponential)).toEqual([
    1,
    1,
    Infinity,
    0,
    NaN,
    Infinity,
    0,
  ]);
});
