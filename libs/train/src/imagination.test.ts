import { evaluate, type Tensor } from '@orrery/graph';
import { residualConv } from '@orrery/models';
import { initialise } from '@orrery/nn';
import { normal, foldIn, key } from '@orrery/random';
import { afterAll, describe, expect, test } from 'vitest';
import { createImagination, imaginationPrograms, type Imagination } from './index.ts';
import { SIDE, squares } from './moving-squares.fixture.ts';

const world = { sees: 'frames' as const, height: SIDE, width: SIDE, channels: 3, actions: 0 };
const model = residualConv.build(residualConv.config.parse({ width: 4, blocks: 1 }), world);
const untrained = initialise(model.parameters, key(0));
const random = Object.fromEntries(
  Object.entries(untrained).map(([name, { length }], i) => [
    name,
    normal(foldIn(key(1), i), length).map((z) => 0.1 * z),
  ]),
);
const frame = SIDE * SIDE * 3;
const context = Uint8Array.from([...squares(0, 0, 2), ...squares(4, 1, 2)]);

const open: Imagination[] = [];
const imagine = (parameters: Record<string, Float32Array>) => {
  const imagination = createImagination({ model, run: { world }, parameters }, { threads: 1 });
  open.push(imagination);
  return imagination;
};
afterAll(() => Promise.all(open.map((imagination) => imagination.close())));

describe('imagination', () => {
  test('an untrained residual model repeats the last frame, to the byte', async () => {
    const frames = await imagine(untrained).rollout({ context }, 2, 3);
    for (let b = 0; b < 2; b++) {
      const last = context.subarray((2 * b + 1) * frame, (2 * b + 2) * frame);
      for (let k = 0; k < 3; k++) {
        expect(frames.subarray((3 * b + k) * frame, (3 * b + k + 1) * frame)).toEqual(last);
      }
    }
  });

  test('is what the reference evaluator computes, step by step', async () => {
    const frames = await imagine(random).rollout({ context }, 2, 3);
    const { encode, step } = imaginationPrograms(model, world, random, 2);
    let state = evaluate(encode.outputs as Record<string, Tensor>, { context });
    for (let k = 0; k < 3; k++) {
      const next = evaluate(step.outputs as Record<string, Tensor>, state);
      for (let b = 0; b < 2; b++) {
        const ours = frames.subarray((3 * b + k) * frame, (3 * b + k + 1) * frame);
        // Halves may be rounded either way.
        next.frame
          .subarray(b * frame, (b + 1) * frame)
          .forEach((value, i) => expect(Math.abs(ours[i] - value)).toBeLessThanOrEqual(1));
      }
      state = next;
    }
    expect(new Set(frames).size).toBeGreaterThan(20);
  });

  test('an example’s future does not depend on the others of its batch', async () => {
    const imagination = imagine(random);
    const both = await imagination.rollout({ context }, 2, 2);
    const second = await imagination.rollout({ context: context.subarray(2 * frame) }, 1, 2);
    expect(second).toEqual(both.subarray(2 * frame));
  });

  test('stops when it is asked to', async () => {
    await expect(
      imagine(untrained).rollout({ context }, 2, 3, { signal: AbortSignal.abort() }),
    ).rejects.toThrow('aborted');
  });

  test('a context of the wrong size is named', async () => {
    await expect(imagine(untrained).rollout({ context }, 3, 1)).rejects.toThrow(
      'context: 768 values are not [3, 2, 8, 8, 3]; give 1152',
    );
  });
});
