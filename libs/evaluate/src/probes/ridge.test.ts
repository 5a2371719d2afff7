import { key, normal } from '@orrery/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ridge } from './ridge.ts';
import computed from './ridge.json' with { type: 'json' };

const wave = (rows: number, columns: number, seed: number) =>
  Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => Math.sin(1 + 2.399963 * (r * columns + c) + 7.1 * seed)),
  );

test.each(computed.map((found) => [found.shape, found] as const))(
  '%j samples, features, targets: what NumPy computes from the primal form, see ridge.py',
  (_, { shape: [samples, features, targets], penalty, predicted }) => {
    const constant = (rows: number[][]) => rows.map((row) => row.with(1, 2.5));
    const { predict } = ridge(constant(wave(samples, features, 1)), wave(samples, targets, 2)).fit(penalty);
    const ours = predict(constant(wave(4, features, 3)));
    predicted.forEach((row, i) => row.forEach((value, k) => expect(ours[i][k]).toBeCloseTo(value, 9)));
  },
);

test('a linear law is found again where the penalty is small, whatever the units', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (unit) => {
      const drawn = normal(key(5), 60).map((value) => value * unit);
      const x = Array.from({ length: 20 }, (_, i) => [...drawn.subarray(3 * i, 3 * i + 3)]);
      const law = ([a, b, c]: number[]) => [4 + (2 * a - b) / unit, c / unit];
      const [told] = ridge(x, x.map(law))
        .fit(1e-9)
        .predict([[unit, 2 * unit, 3 * unit]]);
      expect(told[0]).toBeCloseTo(4, 5);
      expect(told[1]).toBeCloseTo(3, 5);
    }),
  );
});

test('a penalty of none is refused', () => {
  expect(() => ridge([[1], [2]], [[1], [2]]).fit(0)).toThrow('a penalty of 0; give one above 0');
});
