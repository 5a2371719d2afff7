import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinParts, type Part } from './checkpoint-parts.ts';
import type { NamedArray } from './safetensors.ts';

/** [2, 4] of 0 to 7, cut into two columns' halves, which two processes wrote. */
const part = (start: number, values: number[], changes: object = {}): Part => ({
  what: `part at ${start}`,
  arrays: { own: { shape: [2, 2], data: Float32Array.from(values) } },
  metadata: { slices: JSON.stringify({ own: { name: 'w', shape: [2, 4], start: [0, start], ...changes } }) },
});
const left = part(0, [0, 1, 4, 5]);
const right = part(2, [2, 3, 6, 7]);

describe('parts of a checkpoint', () => {
  test('are put where they belong', () => {
    expect(joinParts([left, right])).toEqual({
      w: { shape: [2, 4], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) },
    });
  });

  test('of any shape and cut give back the whole', () => {
    const axes = fc.array(
      fc.record({ blocks: fc.integer({ min: 1, max: 3 }), each: fc.integer({ min: 1, max: 3 }) }),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(axes, (cuts) => {
        const shape = cuts.map(({ blocks, each }) => blocks * each);
        const total = shape.reduce((a, b) => a * b, 1);
        // Every block lists its elements by their positions in the whole, which are also their values.
        const blocks = cuts.reduce<number[][]>(
          (starts, { blocks: count, each }) =>
            starts.flatMap((start) => Array.from({ length: count }, (_, i) => [...start, i * each])),
          [[]],
        );
        const parts = blocks.map((start, i): Part => {
          const positions = cuts.reduce<number[]>(
            (found, { each }, axis) =>
              found.flatMap((at) =>
                Array.from({ length: each }, (_, k) => at * shape[axis] + start[axis] + k),
              ),
            [0],
          );
          const array: NamedArray = {
            shape: cuts.map(({ each }) => each),
            data: Float32Array.from(positions),
          };
          return {
            what: `part ${i}`,
            arrays: { x: array },
            metadata: { slices: JSON.stringify({ x: { name: 'a', shape, start } }) },
          };
        });
        expect([...joinParts(parts).a.data]).toEqual(Array.from({ length: total }, (_, i) => i));
      }),
    );
  });

  test.each<[string, Part[], string]>([
    ['one is missing', [left], 'part at 0: 4 of 8 values of "w" are there'],
    ['one lies outside', [left, part(3, [0, 0, 0, 0])], '"own" is no slice of "w" [2, 4]'],
    [
      'two disagree on the shape',
      [left, part(2, [0, 0, 0, 0], { shape: [2, 5] })],
      '"own" is no slice of "w"',
    ],
    ['one says nothing', [{ ...left, metadata: {} }], 'does not say what its arrays are slices of'],
    ['an array is missing', [{ ...left, arrays: {} }], '"own" is no slice of "w"'],
  ])('%s: the error says so', (_, parts, message) => {
    expect(() => joinParts(parts)).toThrow(message);
  });
});
