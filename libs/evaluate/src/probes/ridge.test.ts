import { key, normal } from '@orrery/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelOf, ridge } from './ridge.ts';
import computed from './ridge.json' with { type: 'json' };

const wave = (rows: number, columns: number, seed: number) =>
  Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => Math.sin(1 + 2.399963 * (r * columns + c) + 7.1 * seed)),
  );

test.each(computed.map((found) => [found.shape, found] as const))(
  '%j samples, features, targets: what NumPy computes from the primal form, see ridge.py',
  (_, { shape: [samples, features, targets], penalty, predicted }) => {
    const constant = (rows: number[][]) => rows.map((row) => row.with(1, 2.5));
    const kernel = kernelOf(constant(wave(samples, features, 1)));
    const { predict } = ridge(kernel, wave(samples, targets, 2), penalty);
    const ours = predict(kernel.nearness(constant(wave(4, features, 3))));
    predicted.forEach((row, i) => row.forEach((value, k) => expect(ours[i][k]).toBeCloseTo(value, 9)));
  },
);

test('a linear law is found again where the penalty is small, whatever the units', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (unit) => {
      const drawn = normal(key(5), 60).map((value) => value * unit);
      const x = Array.from({ length: 20 }, (_, i) => [...drawn.subarray(3 * i, 3 * i + 3)]);
      const law = ([a, b, c]: number[]) => [4 + (2 * a - b) / unit, c / unit];
      const kernel = kernelOf(x);
      const [told] = ridge(kernel, x.map(law), 1e-9).predict(kernel.nearness([[unit, 2 * unit, 3 * unit]]));
      expect(told[0]).toBeCloseTo(4, 5);
      expect(told[1]).toBeCloseTo(3, 5);
    }),
  );
});

test('of more samples, the first may be fitted alone, as if there were no others', () => {
  const [x, y] = [wave(9, 4, 6), wave(9, 2, 7)];
  // Scales are those of all samples, so the features are of one scale here.
  const scaled = x.map((row) => row.map((_, k) => (row[k] > 0 ? 1 : -1)));
  const all = kernelOf([...scaled, ...scaled.map((row) => row.map((value) => -value))]);
  const fitted = ridge(all, y.slice(0, 6), 0.5);
  expect(fitted.predict(all.gram.slice(6, 9))).toEqual(fitted.predict(all.nearness(scaled.slice(6))));
  // Normal equations of the six, centred: (X'X + a I) w = X'y, by their residual.
  const six = scaled.slice(0, 6);
  const middle = (rows: number[][]) =>
    rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
  const [mx, my] = [middle(six), middle(y.slice(0, 6))];
  const basis = [0, 1, 2, 3].map((k) => mx.map((value, i) => value + Number(i === k)));
  const weights = fitted.predict(all.nearness(basis)).map((row) => row[0] - my[0]);
  for (let i = 0; i < 4; i++) {
    const slope = six.reduce((sum, row, s) => {
      const told = row.reduce((total, value, k) => total + (value - mx[k]) * weights[k], 0);
      return sum + (row[i] - mx[i]) * (y[s][0] - my[0] - told);
    }, 0);
    expect(slope).toBeCloseTo(0.5 * weights[i], 9);
  }
});

test('a penalty of none is refused', () => {
  expect(() => ridge(kernelOf([[1], [2]]), [[1], [2]], 0)).toThrow('a penalty of 0; give one above 0');
});
