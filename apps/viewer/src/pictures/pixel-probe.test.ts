import { expect, it } from 'vitest';
import { pixelAt } from './pixel-probe.ts';

it('finds the source pixel below a point, and none outside of the picture', () => {
  const shown = { width: 320, height: 320 };
  const picture = { width: 64, height: 64 };
  expect(pixelAt({ x: 0, y: 4.9 }, shown, picture)).toEqual({ x: 0, y: 0 });
  expect(pixelAt({ x: 5, y: 319.9 }, shown, picture)).toEqual({ x: 1, y: 63 });
  expect(pixelAt({ x: 320, y: 0 }, shown, picture)).toBeUndefined();
  expect(pixelAt({ x: 10, y: -1 }, shown, picture)).toBeUndefined();
});
