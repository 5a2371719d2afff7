import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factorize, factorizeGeneral, substitute, substituteGeneral } from './elimination.ts';

const entry = fc.double({ min: -1, max: 1, noNaN: true });
/** G Gᵀ + I for a random G [n, n]: symmetric and positive. */
const system = fc.integer({ min: 1, max: 8 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    g: fc.array(entry, { minLength: n * n, maxLength: n * n }),
    x: fc.array(entry, { minLength: n, maxLength: n }),
  }),
);
const product = (g: number[], n: number, diagonal: number) =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? diagonal : 0;
    for (let k = 0; k < n; k++) sum += g[i * n + k]! * g[j * n + k]!;
    return sum;
  });
const times = (a: Float64Array, n: number, x: ArrayLike<number>) =>
  Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[i * n + k]! * x[k]!;
    return sum;
  });

test('A x = b, by both ways', () => {
  fc.assert(
    fc.property(system, ({ n, g, x }) => {
      const a = product(g, n, 1);
      const b = times(a, n, x);
      for (const [factor, solve] of [
        [factorize, substitute],
        [(m: Float64Array) => factorizeGeneral(m, n, 1e-9), substituteGeneral],
      ] as const) {
        const [m, solution] = [a.slice(), b.slice()];
        factor(m, n);
        solve(m, n, solution);
        solution.forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 9));
      }
    }),
  );
});

test('a matrix that is only nearly symmetric', () => {
  const a = Float64Array.of(2, 0.5, 0.1, 0.4, 3, -0.2, 0, -0.3, 1);
  const b = times(a, 3, [1, -2, 3]);
  factorizeGeneral(a, 3, 1e-9);
  substituteGeneral(a, 3, b);
  [1, -2, 3].forEach((x, i) => expect(b[i]).toBeCloseTo(x, 14));
});

test('rows that say what others have said are left out, and the rest still holds', () => {
  // Rows 0 and 2 are the same, row 1 can do nothing.
  const a = Float64Array.of(2, 0, 2, 0, 0, 0, 2, 0, 2);
  const b = Float64Array.of(4, 0, 4);
  const m = a.slice();
  factorize(m, 3);
  substitute(m, 3, b);
  expect([...b]).toEqual([2, 0, 0]);
  expect([...times(a, 3, b)]).toEqual([4, 0, 4]);
});
