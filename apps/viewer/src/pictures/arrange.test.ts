import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrange } from './arrange.ts';

const picture = { width: 64, height: 64 };

it('three pictures stand in a row, five device pixels to a pixel', () => {
  expect(arrange(3, { width: 984, height: 350, caption: 24, gap: 12 }, picture)).toEqual([
    { x: 0, y: 24, width: 320, height: 320 },
    { x: 332, y: 24, width: 320, height: 320 },
    { x: 664, y: 24, width: 320, height: 320 },
  ]);
});

it('and below each other where the place is narrow', () => {
  const rectangles = arrange(3, { width: 200, height: 700, caption: 24, gap: 12 }, picture);
  expect(rectangles.map(({ x, width }) => [x, width])).toEqual([
    [4, 192],
    [4, 192],
    [4, 192],
  ]);
  expect(rectangles[1].y - rectangles[0].y).toBe(192 + 24 + 12);
});

it('pictures stay inside, apart, equal in size, and a whole multiple where they fit at all', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 8, max: 256 }),
    height: fc.integer({ min: 8, max: 256 }),
  });
  const spaces = fc.record({
    width: fc.integer({ min: 300, max: 3000 }),
    height: fc.integer({ min: 300, max: 2000 }),
    caption: fc.integer({ min: 0, max: 60 }),
    gap: fc.integer({ min: 0, max: 24 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), spaces, sizes, (count, space, size) => {
      const rectangles = arrange(count, space, size);
      expect(rectangles).toHaveLength(count);
      for (const [i, { x, y, width, height }] of rectangles.entries()) {
        if (width >= size.width) expect([width % size.width, height % size.height]).toEqual([0, 0]);
        expect([width, height]).toEqual([rectangles[0].width, rectangles[0].height]);
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeGreaterThanOrEqual(space.caption);
        expect(x + width).toBeLessThanOrEqual(space.width);
        expect(y + height).toBeLessThanOrEqual(space.height);
        for (const other of rectangles.slice(0, i))
          expect(x >= other.x + width || x + width <= other.x || y >= other.y + height + space.caption).toBe(
            true,
          );
      }
    }),
    { seed: 1 },
  );
});
