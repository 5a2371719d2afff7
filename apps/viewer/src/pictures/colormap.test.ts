import { expect, it } from 'vitest';
import { differenceColor, differenceTable, fullScale } from './colormap.ts';

// The published table of inferno (BIDS/colormap, matplotlib), as #000004 #57106e #bc3754 #f98e09 #fcffa4.
it.each([
  [0, [0, 0, 4]],
  [0.25, [87, 16, 110]],
  [0.5, [188, 55, 84]],
  [0.75, [249, 142, 9]],
  [1, [252, 255, 164]],
])('%f of the scale is inferno’s colour within 8 levels', (x, expected) => {
  differenceColor(x * fullScale).forEach((value, c) =>
    expect(Math.abs(value - expected[c])).toBeLessThanOrEqual(8),
  );
});

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
