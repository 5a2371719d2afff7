import { expect, test } from 'vitest';
import { decodeSrgb, encodeSrgb } from './index.ts';

/** IEC 61966-2-1 with the engine's power. */
const exact = (linear: number) =>
  linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.pow(linear, 1 / 2.4) - 0.055;

test('the code is the one nearest to the exact curve', () => {
  let worst = 0;
  for (let i = 0; i <= 1_000_000; i++) {
    worst = Math.max(worst, Math.abs(encodeSrgb(i / 1e6) - 255 * exact(i / 1e6)));
  }
  // Half a code, but where the standard's two branches meet with a gap of 4e-8.
  expect(worst).toBeLessThan(0.5 + 1e-4);
});

test('every code comes back', () => {
  for (let code = 0; code < 256; code++) expect(encodeSrgb(decodeSrgb(code / 255))).toBe(code);
});

// The standard's formula, ((v + 0.055) / 1.055) ** 2.4, in Python.
test.each([
  [0.5, 0.21404114048223255],
  [0.04045, 0.04045 / 12.92],
  [1, 1],
  [0.735356983052449, 0.5],
])('%d decodes to %d', (srgb, linear) => {
  expect(decodeSrgb(srgb)).toBeCloseTo(linear, 9);
});

test('what is outside is clipped', () => {
  expect([-1, 0, 1, 1.5, Infinity, -Infinity, NaN].map(encodeSrgb)).toEqual([0, 0, 255, 255, 255, 0, 0]);
});
