import { expect, it } from 'vitest';
import { differenceColor, differenceTable, fullScale } from './colormap.ts';

it('no difference is almost black, and all above the scale look the same', () => {
  expect(Math.max(...differenceColor(0))).toBeLessThanOrEqual(4);
  expect(differenceColor(fullScale)).toEqual(differenceColor(255));
});

it('more difference is brighter, level by level', () => {
  const table = differenceTable();
  const brightness = (i: number) =>
    0.2126 * table[i * 4] + 0.7152 * table[i * 4 + 1] + 0.0722 * table[i * 4 + 2];
  for (let i = 1; i <= fullScale; i++) expect(brightness(i)).toBeGreaterThanOrEqual(brightness(i - 1) - 0.5);
  expect(brightness(fullScale)).toBeGreaterThan(230);
});
