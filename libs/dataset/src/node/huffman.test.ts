import { expect, test } from 'vitest';
import { bitsOf, buildCode, codeOf } from './huffman.ts';

function lengthsFor(frequencies: readonly number[], limit: number): number[] {
  const code = new Uint32Array(frequencies.length);
  buildCode(Int32Array.from(frequencies), limit, code);
  return [...code].map(bitsOf);
}

const kraft = (lengths: readonly number[]) =>
  lengths.filter((bits) => bits > 0).reduce((sum, bits) => sum + 2 ** -bits, 0);

test('codes are as short as they can be', () => {
  // Cormen, Leiserson, Rivest and Stein, "Introduction to algorithms", figure 16.4
  expect(lengthsFor([45, 13, 12, 16, 9, 5], 15)).toEqual([1, 3, 3, 3, 4, 4]);
  expect(lengthsFor([1, 1, 2, 4, 8], 15)).toEqual([4, 4, 3, 2, 1]);
  expect(lengthsFor([7, 0, 0, 7, 7, 7], 15)).toEqual([2, 0, 0, 2, 2, 2]);
});

test('codes of one length are consecutive, as RFC 1951 wants them, the first bit lowest', () => {
  const code = new Uint32Array(8);
  // Section 3.2.2: lengths 3 3 3 3 3 2 4 4 are coded 010 011 100 101 110 00 1110 1111.
  buildCode(Int32Array.of(8, 8, 8, 8, 8, 20, 4, 4), 15, code);
  const words = [...code].map((entry) =>
    [...codeOf(entry).toString(2).padStart(bitsOf(entry), '0')].reverse().join(''),
  );
  expect(words).toEqual(['010', '011', '100', '101', '110', '00', '1110', '1111']);
});

test('a limit is kept, and no code is wasted', () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 30) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
  expect(Math.max(...lengthsFor(fibonacci.slice(0, 15), 15))).toBe(14);
  for (const limit of [5, 7, 11, 15]) {
    const lengths = lengthsFor(fibonacci, limit);
    expect(Math.max(...lengths)).toBe(limit);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
    expect(kraft(lengths)).toBe(1);
  }
});

test('one symbol, and none, have a code of one bit', () => {
  expect(lengthsFor([0, 0, 5, 0], 7)).toEqual([0, 0, 1, 0]);
  expect(lengthsFor([0, 0, 0], 7)).toEqual([1, 0, 0]);
});
