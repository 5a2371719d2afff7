import { expect, it } from 'vitest';
import { decibels, distance, format, meanSquaredError } from './metrics.ts';

it('MSE and PSNR are those of the closed form', () => {
  const a = Uint8Array.of(0, 0, 0, 255, 10, 20);
  expect(meanSquaredError(a, a)).toBe(0);
  expect(meanSquaredError(new Uint8Array(3), new Uint8Array(3).fill(255))).toBe(1);
  // (16 + 9) / 6 values
  expect(meanSquaredError(a, Uint8Array.of(4, 0, 0, 255, 10, 23))).toBeCloseTo(25 / 6 / 65025, 12);
  expect(decibels(0)).toBe(Infinity);
  // One grey level off everywhere: 20 log10(255)
  expect(decibels(1 / 65025)).toBeCloseTo(48.1308036086791, 10);
});

it('the distance to a body that was not found is not a number', () => {
  expect(distance([1, 2, 3], [1, 5, 7])).toBe(5);
  expect(distance([1, 2, 3], [NaN, NaN, NaN])).toBeNaN();
});

it('numbers read well', () => {
  expect(format(31.456, 2)).toBe('31.46');
  expect(format(-0.5, 1)).toBe('−0.5');
  expect(format(-0.0001, 2)).toBe('0.00');
  expect(format(Infinity, 2)).toBe('∞');
  expect(format(NaN, 2)).toBe('–');
});
