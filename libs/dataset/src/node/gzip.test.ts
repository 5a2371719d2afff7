import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gzip, repeatDistances } from './gzip.ts';

/** Words of a linear congruential generator: nothing repeats. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 24);
}

/** A film [frames, side, side, 3] of a square that moves over a checker. */
function film(frames: number, side: number): Uint8Array {
  const bytes = new Uint8Array(frames * side * side * 3);
  for (let i = 0; i < bytes.length; i++) {
    const [row, column] = [Math.floor(i / (3 * side)) % side, Math.floor(i / 3) % side];
    const frame = Math.floor(i / (3 * side * side));
    const isSquare = Math.abs(row - 20) < 6 && Math.abs(column - 10 - frame) < 6;
    bytes[i] = isSquare
      ? 31 * row + 17 * (column - frame) + (i % 3)
      : 100 + 20 * (((row >> 3) + (column >> 3)) & 1);
  }
  return bytes;
}

function expectSame(bytes: Uint8Array, repeats: readonly number[]): number {
  const member = gzip(bytes, repeats);
  expect(Buffer.compare(gunzipSync(member), bytes)).toBe(0);
  return member.length;
}

describe('what is compressed comes back', () => {
  test('whatever repeats in it, wherever it begins in memory', () => {
    const piece = fc.record({
      values: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      times: fc.integer({ min: 1, max: 80 }),
    });
    const distance = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 32768 }));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(distance, { maxLength: 3 }).map((repeats) => repeats.sort((a, b) => a - b)),
        fc.integer({ min: 0, max: 3 }),
        (pieces, repeats, offset) => {
          const bytes = Buffer.concat(pieces.flatMap(({ values, times }) => Array(times).fill(values)));
          const moved = new Uint8Array(bytes.length + offset);
          moved.set(bytes, offset);
          expectSame(moved.subarray(offset), repeats);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('at every length around that of the longest match', () => {
    for (let length = 0; length < 800; length++) expectSame(new Uint8Array(length).fill(7), [1]);
  });

  test('with matches at the far end of the window, and no further', () => {
    const half = noise(32768);
    expect(expectSame(Buffer.concat([half, half]), [32768])).toBeLessThan(34000);
    expect(repeatDistances([2, 32768], 1)).toEqual([1, 32768]);
    expect(repeatDistances([2, 32769], 1)).toEqual([1]);
  });

  test('in more matches than a block has, and without any', () => {
    const bytes = noise(300_000);
    for (let i = 8; i < bytes.length; i++) if (i % 8 < 5) bytes[i] = bytes[i - 8]!;
    expect(expectSame(bytes, [8])).toBeLessThan(0.7 * bytes.length);
    expect(expectSame(noise(300_000), [1, 2, 3])).toBeLessThan(301_000);
  });
});

test('a film takes what its moving part takes', () => {
  const [frames, side] = [10, 64];
  const repeats = repeatDistances([1, frames, side, side, 3], 1);
  expect(repeats).toEqual([3, 3 * side, 3 * side * side]);
  // 121 pixels of a square, 3 bytes each
  expect(expectSame(film(frames, side), repeats) / frames).toBeLessThan(2 * 363);
});

test('the bytes are the same on every machine', () => {
  const member = gzip(film(10, 64), [3, 192, 12288]);
  expect(createHash('sha256').update(member).digest('hex')).toBe(
    '0facc991fcb851ebb230a81fa1fb6f9930e8f7519abe86e28379777f11fb35fd',
  );
});
