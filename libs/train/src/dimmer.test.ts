/** Actions and noise in a training and in an imagination, on a model whose answer is known. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSession } from '@orrery/onnx/node';
import { foldIn, key, uniform } from '@orrery/random';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { brightness, dimmer, EFFECT, knob, lamp } from './dimmer.fixture.ts';
import { createImagination, decodeSafetensors, readMetrics, train, type TrainOptions } from './index.ts';
import { trainInMemory } from './in-memory.ts';
import { smallTraining, temporaryFolder } from './moving-squares.fixture.ts';
import { drawNoise } from './noise.ts';

vi.setConfig({ testTimeout: 120_000 });

const dimming = (folder: string, training: TrainOptions['training'] = {}): TrainOptions => ({
  ...smallTraining(folder, { optimizer: 'adam', average: 0, ...training }),
  ...{ family: dimmer(), config: {}, dataset: lamp },
});
const arraysOf = (folder: string, step: number) =>
  readFileSync(join(folder, `checkpoints/step-${String(step).padStart(8, '0')}.safetensors`));
const curve = async (folder: string) =>
  (await readMetrics(folder)).map((line) => ({ ...line, time: undefined }));

describe('a training on actions, with noise', () => {
  test('learns what an action does', async () => {
    const folder = temporaryFolder();
    const steps = { steps: 300, stepsPerCall: 100, checkpointEvery: 300, validateEvery: 300 };
    await train(dimming(folder, { ...steps, batch: 16, learningRate: 0.01 }));
    const { arrays } = decodeSafetensors(arraysOf(folder, 300), 'arrays');
    expect(Math.abs(arrays['parameters/gain'].data[0] - EFFECT / 255)).toBeLessThan(2e-3);
  });

  test('an interrupted one continues to the bit, and calls may be of any length', async () => {
    const [whole, cut, other] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    await train(dimming(whole));
    const stop = new AbortController();
    const onProgress = ({ step }: { step: number }) => {
      if (step >= 6) stop.abort();
    };
    expect(await train({ ...dimming(cut), signal: stop.signal, onProgress })).toMatchObject({ step: 6 });
    await train(dimming(cut));
    expect(await curve(cut)).toEqual(await curve(whole));
    expect(arraysOf(cut, 12).equals(arraysOf(whole, 12))).toBe(true);
    await train(dimming(other, { stepsPerCall: 4 }));
    expect(arraysOf(other, 12).equals(arraysOf(whole, 12))).toBe(true);
  });

  test('noise is of the seed and the update', async () => {
    const [seed0, seed1] = await Promise.all(
      [0, 1].map(async (seed) => {
        const losses: number[] = [];
        await trainInMemory({
          ...dimming('', { steps: 4, seed, learningRate: 1e-9 }),
          openSession: (loop) => createSession(loop, { threads: 1 }),
          onUpdates: (updates) => losses.push(...updates.map(({ loss }) => loss)),
        });
        return losses;
      }),
    );
    expect(new Set([...seed0, ...seed1]).size).toBe(8);
    const folder = temporaryFolder();
    await train(dimming(folder, { learningRate: 1e-9 }));
    const lines = await readMetrics(folder);
    const validations = lines.flatMap((line) => ('validation' in line ? [line.validation.loss] : []));
    // Clips and noise of a validation stay the same.
    expect(validations).toHaveLength(2);
    expect(validations[1]).toBeCloseTo(validations[0], 7);
    expect(lines.flatMap((line) => ('loss' in line ? [line.loss] : [])).slice(0, 4)).toEqual(seed0);
  });
});

describe('an imagination on actions, with noise', () => {
  const run = { world: { sees: 'frames' as const, height: 1, width: 1, channels: 3, actions: 1 } };
  const imagine = (grain: number) => {
    const model = dimmer(grain).build({}, run.world);
    const parameters = { gain: Float32Array.of(EFFECT / 255) };
    return createImagination({ model, run, parameters }, { threads: 1 });
  };
  const [steady, grainy] = [imagine(0), imagine(0.1)];
  afterAll(() => Promise.all([steady.close(), grainy.close()]));
  const contextOf = (episode: number) =>
    brightness(episode)
      .slice(0, 2)
      .flatMap((value) => [value, value, value]);
  const context = Uint8Array.from([...contextOf(3), ...contextOf(4)]);
  const actions = Float32Array.from([...knob(3).subarray(0, 6), ...knob(4).subarray(0, 6)]);

  test('each action leads to its frame, and the first not to the context', async () => {
    const frames = await steady.rollout({ context }, 2, 5, { actions });
    const expected = [3, 4].flatMap((episode) =>
      brightness(episode)
        .slice(2, 7)
        .flatMap((v) => [v, v, v]),
    );
    // The context's last frame was rounded.
    frames.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1));
    const untouched = await steady.rollout({ context }, 2, 2);
    expect([...untouched.subarray(0, 3)]).toEqual(contextOf(3).slice(3));
  });

  test('a clip draws from its own key, whatever is beside it', async () => {
    const keys = [key(7), key(8)];
    const both = await grainy.rollout({ context }, 2, 3, { keys });
    const second = await grainy.rollout({ context: context.subarray(6) }, 1, 3, { keys: [keys[1]] });
    expect(second).toEqual(both.subarray(9));
    let value = context[9] / 255;
    for (let k = 0; k < 3; k++) {
      value += 0.1 * uniform(foldIn(foldIn(keys[1], k + 1), 0), 3)[0];
      expect(Math.abs(second[3 * k] - 255 * value)).toBeLessThan(0.51);
    }
  });

  test('actions of the wrong length are named', async () => {
    await expect(steady.rollout({ context }, 2, 4, { actions })).rejects.toThrow(
      'actions: 12 numbers are not [2, 5, 1]; give 10',
    );
  });
});

test('what a key gives does not depend on the keys beside it, nor one noise on another', () => {
  const specs = {
    a: { shape: [2, 2], distribution: 'normal' },
    b: { shape: [], distribution: 'uniform' },
  } as const;
  const [one, two] = [key(1), key(2)];
  const both = drawNoise(specs, [one, two], 3);
  expect(both['noise/a']).toHaveLength(24);
  expect(both['noise/b']).toHaveLength(6);
  expect(drawNoise(specs, [two], 3)['noise/a']).toEqual(both['noise/a'].slice(12));
  expect(both['noise/b'].every((value) => value >= 0 && value < 1)).toBe(true);
  expect([...both['noise/b'].slice(0, 3)]).toEqual([...uniform(foldIn(one, 1), 3)]);
});
