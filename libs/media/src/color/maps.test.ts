import { describe, expect, test } from 'vitest';
import { depthPicture, finiteRange, flowPicture, inferno, labelColor, labelPicture } from '../index.ts';

const brightness = ([r, g, b]: readonly number[]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
const pixels = (data: Uint8Array) =>
  Array.from({ length: data.length / 3 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]);

// The published table of inferno (BIDS/colormap, matplotlib): #000004 #57106e #bc3754 #f98e09 #fcffa4.
test.each([
  [0, [0, 0, 4]],
  [0.25, [87, 16, 110]],
  [0.5, [188, 55, 84]],
  [0.75, [249, 142, 9]],
  [1, [252, 255, 164]],
])('inferno at %f is matplotlib’s within 8 levels', (t, expected) => {
  inferno(t).forEach((value, c) => expect(Math.abs(value - expected[c]!)).toBeLessThanOrEqual(8));
});

describe('depth', () => {
  test('the range is that of finite values', () => {
    expect(finiteRange(Float32Array.of(3, Infinity, 1, NaN, 2))).toEqual([1, 3]);
    expect(finiteRange(Float32Array.of(Infinity))).toBeUndefined();
  });

  test('near is brighter than far, and nothing looks like no depth', () => {
    const { data } = depthPicture(Float32Array.of(1, 2, 3, Infinity), { width: 4, height: 1 }, [1, 3]);
    const [near, middle, far, nothing] = pixels(data) as [number[], number[], number[], number[]];
    expect(brightness(near)).toBeGreaterThan(brightness(middle) + 30);
    expect(brightness(middle)).toBeGreaterThan(brightness(far) + 30);
    expect(Math.max(...[near, middle, far].map((color, i) => (color[i] === nothing[i] ? 1 : 0)))).toBe(0);
  });

  test('a flat picture has one colour', () => {
    const { data } = depthPicture(Float32Array.of(2, 2), { width: 2, height: 1 }, [2, 2]);
    expect(new Set(pixels(data).map(String)).size).toBe(1);
  });
});

test('the first twenty labels are far apart in colour', () => {
  const colors = Array.from({ length: 21 }, (_, label) => labelColor(label));
  for (const [i, a] of colors.entries())
    for (const b of colors.slice(0, i))
      expect(Math.max(...a.map((value, c) => Math.abs(value - b[c]!)))).toBeGreaterThan(24);
  expect([...labelPicture(Uint8Array.of(0, 2), { width: 2, height: 1 }).data]).toEqual([
    ...labelColor(0),
    ...labelColor(2),
  ]);
});

describe('optical flow', () => {
  const colors = (...flow: number[]) =>
    pixels(flowPicture(Float32Array.from(flow), { width: flow.length / 2, height: 1 }, 2).data);

  test('rest is white, the right is red, and opposite directions have complementary colours', () => {
    const [rest, right, left, down, up] = colors(0, 0, 2, 0, -2, 0, 0, 2, 0, -2);
    expect(rest).toEqual([255, 255, 255]);
    expect(right).toEqual([255, 0, 0]);
    expect(left).toEqual([0, 255, 255]);
    // Each channel rounds for itself.
    for (const sum of down!.map((value, c) => value + up![c]!))
      expect(Math.abs(sum - 255)).toBeLessThanOrEqual(1);
  });

  test('half the speed has half the strength; beyond the largest nothing changes', () => {
    const [half, full, beyond] = colors(1, 0, 2, 0, 9, 0);
    expect(half).toEqual([255, 128, 128]);
    expect(beyond).toEqual(full);
  });

  test('what is not known is slate', () => expect(colors(NaN, 0)).toEqual([[...labelColor(0)]]));
});
