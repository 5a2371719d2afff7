import { bytesPerElement, order, program } from '@orrery/graph';
import type { PrimitiveName } from '@orrery/graph';
import { feedsOf, samples } from '@orrery/graph/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lowerings } from './lowerings.ts';
import { disagreements } from './node/against-reference.ts';

const names = Object.keys(samples) as PrimitiveName[];

test('each op has a row', () => {
  expect(Object.keys(lowerings).sort()).toEqual([...names].sort());
});

describe('onnxruntime agrees with the reference evaluator', () => {
  test.each(names)('%s', async (name) => {
    await fc.assert(
      fc.asyncProperty(samples[name], fc.nat(), async ({ output, ranges }, seed) => {
        const graph = program({ y: output });
        // Of 16 bits, a scan rounds in each of its steps.
        const allowed = name === 'scan' && bytesPerElement(output.dtype) === 2 ? 8 : 1;
        expect(await disagreements(graph, feedsOf(graph, seed, ranges), { allowed })).toEqual({});
      }),
      // Convolutions have the most forms.
      { seed: 1, numRuns: name === 'conv2d' ? 150 : 40 },
    );
  });

  test('samples hold the op that they are for', () => {
    for (const name of names) {
      const drawn = fc.sample(samples[name], { seed: 1, numRuns: 40 });
      expect(
        drawn.filter(({ output }) => order([output]).some(({ op }) => op === name)).length,
      ).toBeGreaterThan(10);
    }
  });
});
