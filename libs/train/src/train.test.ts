import { copyFileSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { key, randomIntegers } from '@orrery/random';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadCheckpoint, loadRun, readMetrics, train, type MetricsLine, type TrainOptions } from './index.ts';
import { movingSquares, smallTraining, temporaryFolder } from './moving-squares.fixture.ts';

// Each training starts threads, which takes a while where others compute too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** All that is logged but the time. */
const curve = async (folder: string) =>
  (await readMetrics(folder)).map((line: MetricsLine) => ({ ...line, time: undefined }));
const weights = (folder: string, step = 12) =>
  readFileSync(join(folder, `checkpoints/step-${String(step).padStart(8, '0')}.safetensors`));
const checkpoints = (folder: string) => readdirSync(join(folder, 'checkpoints')).sort();

/** Trains until `step` is done, then stops as Ctrl-C does. */
async function trainUntil(step: number, options: TrainOptions) {
  const stop = new AbortController();
  const onProgress = (progress: { step: number }) => {
    if (progress.step >= step) stop.abort();
  };
  return train({ ...options, signal: stop.signal, onProgress });
}

let whole: string;
let wholeResult: Awaited<ReturnType<typeof train>>;
beforeAll(async () => {
  whole = temporaryFolder();
  wholeResult = await train(smallTraining(whole));
});

describe('training', () => {
  test('learns what moves', async () => {
    const folder = temporaryFolder();
    const schedule = { steps: 60, stepsPerCall: 20, validateEvery: 20, checkpointEvery: 60 };
    const options = smallTraining(folder, schedule);
    const result = await train({ ...options, config: { ...Object(options.config), width: 16 } });
    const lines = await readMetrics(folder);
    expect(lines.flatMap((line) => ('loss' in line ? [line.step] : []))).toHaveLength(60);
    // The first loss is that of copying the last frame.
    const [copying] = lines.flatMap((line) => ('loss' in line ? [line.loss] : []));
    const validation = lines.flatMap((line) => ('validation' in line ? [line] : []));
    expect(validation.map(({ step }) => step)).toEqual([20, 40, 60]);
    expect(validation[2].validation.loss).toBeLessThan(0.55 * copying);
    expect(result.validationLoss).toBe(validation[2].validation.loss);
  });

  test('says what it did', async () => {
    expect(wholeResult).toMatchObject({ folder: whole, stopped: false, step: 12, steps: 12 });
    expect(wholeResult.checkpoint).toBe(join(whole, 'checkpoints/step-00000012.safetensors'));
    const run = await loadRun(whole);
    expect(run).toMatchObject({
      family: 'residual-conv',
      config: { width: 6, blocks: 1, unroll: 2, context: 2, patch: 4 },
      training: { steps: 12, seed: 0, batch: 4 },
      dataset: { name: 'squares', checksum: 'c0ffee' },
      world: { height: 8, width: 8, channels: 3 },
      revision: 'test',
    });
    expect(run.parameters).toBe(wholeResult.parameters);
    const [first] = await readMetrics(whole);
    // Warm-up over 2 steps to 0.02.
    expect(first).toMatchObject({
      step: 1,
      learningRate: 0.01,
      time: { samplesPerSecond: expect.any(Number) },
    });
  });

  test('the same seed gives the same losses and weights, another seed others', async () => {
    const [again, other] = [temporaryFolder(), temporaryFolder()];
    await train(smallTraining(again));
    await train(smallTraining(other, { seed: 1 }));
    expect(await curve(again)).toEqual(await curve(whole));
    expect(weights(again).equals(weights(whole))).toBe(true);
    expect(weights(other).equals(weights(whole))).toBe(false);
  });

  test('how many steps a call makes changes nothing', async () => {
    const folder = temporaryFolder();
    await train(smallTraining(folder, { stepsPerCall: 5 }));
    expect((await curve(folder)).filter((line) => 'loss' in line)).toEqual(
      (await curve(whole)).filter((line) => 'loss' in line),
    );
    expect(weights(folder).equals(weights(whole))).toBe(true);
  });

  test('a finished training is left as it is', async () => {
    const before = readFileSync(join(whole, 'metrics.jsonl'), 'utf8');
    const result = await train(smallTraining(whole));
    expect(result).toMatchObject({ stopped: false, step: 12, validationLoss: wholeResult.validationLoss });
    expect(result.loss).toBeUndefined();
    expect(readFileSync(join(whole, 'metrics.jsonl'), 'utf8')).toBe(before);
  });

  test('keeps the last checkpoints and the best', async () => {
    const folder = temporaryFolder();
    // The rate grows until it spoils the weights: an early checkpoint stays the best.
    await train(
      smallTraining(folder, {
        checkpointEvery: 3,
        keep: 1,
        average: 0,
        optimizer: 'adamw',
        learningRate: 0.3,
        warmup: 12,
      }),
    );
    const losses = (await readMetrics(folder)).flatMap((line) =>
      'validation' in line ? [{ step: line.step, loss: line.validation.loss }] : [],
    );
    expect(losses).toHaveLength(4);
    const best = losses.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(best.step).toBeLessThan(12);
    const steps = checkpoints(folder).flatMap((name) => /-0*(\d+)\.json$/.exec(name)?.[1] ?? []);
    expect(steps.map(Number)).toEqual([best.step, 12]);
    expect((await loadCheckpoint(folder, 'best')).step).toBe(best.step);
    expect((await loadCheckpoint(folder, 'last')).step).toBe(12);
  });
});

describe('a training that was interrupted', () => {
  test('goes on bit for bit, wherever it stopped', async () => {
    const folder = temporaryFolder();
    expect(await trainUntil(3, smallTraining(folder))).toMatchObject({ stopped: true, step: 3 });
    expect(checkpoints(folder)).toEqual(['step-00000003.json', 'step-00000003.safetensors']);
    expect(await trainUntil(9, smallTraining(folder))).toMatchObject({ stopped: true, step: 9 });
    expect(await train(smallTraining(folder))).toMatchObject({ stopped: false, step: 12 });
    expect(await curve(folder)).toEqual(await curve(whole));
    expect(weights(folder).equals(weights(whole))).toBe(true);
  });

  test('goes on bit for bit after any step', async () => {
    // One step a call: a stop is possible after each.
    const each = { stepsPerCall: 1, validateEvery: 5, checkpointEvery: 12 };
    const reference = temporaryFolder();
    await train(smallTraining(reference, each));
    const stops = [...randomIntegers(key(5), 4, 1, 12)].sort((a, b) => a - b);
    const folder = temporaryFolder();
    for (const stop of stops) await trainUntil(stop, smallTraining(folder, each));
    expect(await train(smallTraining(folder, each))).toMatchObject({ stopped: false, step: 12 });
    expect(await curve(folder)).toEqual(await curve(reference));
    expect(weights(folder).equals(weights(reference))).toBe(true);
  });

  test('stops before the first call when it is asked to', async () => {
    const folder = temporaryFolder();
    const result = await train({ ...smallTraining(folder), signal: AbortSignal.abort() });
    expect(result).toMatchObject({ stopped: true, step: 0 });
    expect(result.checkpoint).toBeUndefined();
    expect(await loadRun(folder)).toMatchObject({ family: 'residual-conv' });
  });

  test('killed while it wrote: half a line and half a checkpoint are forgotten', async () => {
    const folder = temporaryFolder();
    await trainUntil(9, smallTraining(folder));
    const at = (name: string) => join(folder, 'checkpoints', name);
    // As if killed between the arrays of step 12 and their JSON, in the middle of a line.
    copyFileSync(at('step-00000009.safetensors'), at('step-00000012.safetensors'));
    writeFileSync(at('.step-00000012.json.0123abcd.partial'), '{"format"');
    const metrics = join(folder, 'metrics.jsonl');
    writeFileSync(metrics, `${readFileSync(metrics, 'utf8')}{"step":10,"loss":9}\n{"step":11,"lo`);
    await train(smallTraining(folder));
    expect(await curve(folder)).toEqual(await curve(whole));
    expect(weights(folder).equals(weights(whole))).toBe(true);
    expect(checkpoints(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('when the data fail, what was saved stays', async () => {
    const folder = temporaryFolder();
    let reads = 0;
    const readClip: typeof movingSquares.readClip = (...given) =>
      reads++ < 40 ? movingSquares.readClip(...given) : Promise.reject(new Error('shard 2 is damaged'));
    const failing = { ...movingSquares, readClip };
    await expect(train({ ...smallTraining(folder), dataset: failing })).rejects.toThrow('shard 2 is damaged');
    await train(smallTraining(folder));
    expect(await curve(folder)).toEqual(await curve(whole));
  });

  test('other settings do not continue it', async () => {
    const dataset = {
      ...movingSquares,
      manifest: {
        ...movingSquares.manifest,
        checksums: { ...movingSquares.manifest.checksums, dataset: 'decaf' },
      },
    };
    await expect(train(smallTraining(whole, { batch: 2 }))).rejects.toThrow(
      `run "${whole}": it was trained with other settings: training.batch (4, not 2); start over with "--fresh"`,
    );
    await expect(train({ ...smallTraining(whole), dataset })).rejects.toThrow(
      'dataset.checksum ("c0ffee", not "decaf")',
    );
    // How many threads compute and what is kept may change.
    expect(await train(smallTraining(whole, { threads: 2, keep: 5 }))).toMatchObject({ step: 12 });
  });

  test('starts over when asked to', async () => {
    const folder = temporaryFolder();
    await train(smallTraining(folder, { steps: 3, seed: 4, validationFraction: 0 }));
    await train({ ...smallTraining(folder), fresh: true });
    expect(await curve(folder)).toEqual(await curve(whole));
  });
});

describe('patience', () => {
  // The learning rate is so large that the best loss comes early.
  const restless = { steps: 30, learningRate: 1, stepsPerCall: 1, validateEvery: 1, checkpointEvery: 30 };
  const losses = async (folder: string) =>
    (await readMetrics(folder)).flatMap((line) => ('validation' in line ? [line.validation.loss] : []));

  test('ends a training whose validation loss no longer falls, and a larger one goes on', async () => {
    const folder = temporaryFolder();
    const result = await train(smallTraining(folder, { ...restless, patience: 3 }));
    expect(result).toMatchObject({ early: true, stopped: false });
    const seen = await losses(folder);
    expect(seen).toHaveLength(result.step);
    const best = Math.min(...seen);
    expect(seen.indexOf(best)).toBe(seen.length - 4);
    expect(result.step).toBeLessThan(27);
    expect((await loadCheckpoint(folder, 'last')).step).toBe(result.step);
    const again = await train(smallTraining(folder, { ...restless, patience: 3 }));
    expect(again).toMatchObject({ early: true, step: result.step, loss: undefined });
    expect(await losses(folder)).toEqual(seen);
    const longer = await train(smallTraining(folder, { ...restless, patience: 4 }));
    expect(longer.step).toBeGreaterThan(result.step);
  });

  test('without validation it is refused', async () => {
    const options = smallTraining(temporaryFolder(), { patience: 2, validationFraction: 0 });
    await expect(train(options)).rejects.toThrow('"validationFraction" of 0 leaves none');
  });
});

describe('the speed of each call', () => {
  test('is a fraction of a named peak', async () => {
    const folder = temporaryFolder();
    const seen: (number | undefined)[] = [];
    await train({
      ...smallTraining(folder, { validationFraction: 0 }),
      peak: () => Promise.resolve({ name: 'a product of 512', gflops: 50 }),
      onProgress: ({ mfu }) => seen.push(mfu),
    });
    const steps = (await readMetrics(folder)).flatMap((line) => ('loss' in line ? [line.time] : []));
    expect(steps).toHaveLength(12);
    for (const { mfu, gflops, peak } of steps) {
      expect(mfu).toBe(gflops / 50);
      expect(peak).toBe('a product of 512: 50.00 GFLOP/s');
    }
    // One sample a call.
    expect(seen).toEqual([2, 5, 8, 11].map((step) => steps[step].mfu));
  });
});

describe('what goes wrong is named', () => {
  test('a loss that is no number: the step, and the last good checkpoint', async () => {
    const folder = temporaryFolder();
    const options = smallTraining(folder, {
      checkpointEvery: 3,
      warmup: 0,
      optimizer: 'sgd',
      learningRate: 1e12,
    });
    const error: Error = await train(options).then(
      () => new Error('it went well'),
      (reason) => reason,
    );
    const step = Number(/at step (\d+),/.exec(error.message)?.[1]);
    expect(error.message).toMatch(
      /^training: the (loss|gradient's length) is (NaN|Infinity) at step \d+, first in \w+ f32 \[.*\], computed from "parameters\/[\w.]+"; /,
    );
    expect(error.message).toContain('the last good checkpoint is');
    // Everything before that step is logged, nothing after.
    const steps = (await readMetrics(folder)).flatMap((line) => ('loss' in line ? [line.step] : []));
    expect(steps).toEqual(Array.from({ length: step - 1 }, (_, i) => i + 1));
  });

  test('a state that is no number is not saved: its array, and the last good checkpoint', async () => {
    const folder = temporaryFolder();
    const options = (learningRate: number) =>
      smallTraining(folder, {
        ...{ steps: 2, stepsPerCall: 1, checkpointEvery: 1, warmup: 0, optimizer: 'sgd', learningRate },
        ...{ schedule: 'constant', validationFraction: 0, average: 0 },
      });
    // The loss and the gradient of the first step are those of the first weights; only the update is too large.
    await expect(train(options(1e39))).rejects.toThrow(
      /^training: an update is -?(Infinity|NaN) at step 1, first in "parameters\/.+"; the last good checkpoint is none;/,
    );
    expect(readdirSync(folder)).not.toContain('checkpoints');
  });

  test.each<[string, Partial<TrainOptions>, string]>([
    [
      'family',
      { family: 'residual-con' },
      'model family "residual-con": there is none of that name; choose one of: residual-conv',
    ],
    ['setting', { training: { steps: -1 } }, 'setting "training.steps"'],
    ['model setting', { config: { width: 'wide' } }, 'setting "model.width"'],
    ['patch', { config: { patch: 5 } }, 'patches of 5 do not divide frames of 8x8'],
    ['clip length', { config: { unroll: 9 } }, 'episodes of 6 frames are shorter than clips of 11'],
    ['warm-up', { training: { steps: 2, warmup: 3 } }, '3 warm-up steps do not fit into 2 steps'],
  ])('%s', async (_, change, message) => {
    const folder = temporaryFolder();
    await expect(train({ ...smallTraining(folder), ...change })).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a run folder that cannot be made', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(train(smallTraining(join(file, 'run')))).rejects.toThrow('a part of the path is a file');
  });
});

describe('loading a checkpoint', () => {
  const broken = (change: (folder: string) => void) => {
    const folder = temporaryFolder();
    rmSync(folder, { recursive: true });
    return train(smallTraining(folder, { steps: 3, validationFraction: 0 })).then(() => {
      change(folder);
      return folder;
    });
  };
  const arrays = (folder: string) => join(folder, 'checkpoints/step-00000003.safetensors');
  const json = (folder: string) => join(folder, 'checkpoints/step-00000003.json');
  const edit = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, 'utf8')));

  test('no run', async () => {
    const folder = temporaryFolder();
    await expect(loadCheckpoint(folder)).rejects.toThrow(`run "${folder}": not found (no run.json)`);
  });

  test.each<[string, (folder: string) => void, string]>([
    ['no checkpoint', (f) => rmSync(join(f, 'checkpoints'), { recursive: true }), 'no complete checkpoint'],
    ['arrays missing', (f) => rmSync(arrays(f)), 'no such file or folder'],
    ['truncated', (f) => truncateSync(arrays(f), 5000), 'truncated: array'],
    [
      'a flipped bit',
      (f) => {
        const bytes = readFileSync(arrays(f));
        bytes[bytes.length - 9] ^= 1;
        writeFileSync(arrays(f), bytes);
      },
      'its bytes are not those that were written',
    ],
    ['a damaged JSON', (f) => truncateSync(json(f), 20), 'damaged; delete it to use the one before'],
    [
      'another configuration',
      (f) => edit(join(f, 'run.json'), (t) => t.replace('"width": 6', '"width": 7')),
      'other settings than run.json',
    ],
    ['a damaged run.json', (f) => truncateSync(join(f, 'run.json'), 20), 'run.json is no JSON'],
    [
      'a newer run.json',
      (f) => edit(join(f, 'run.json'), (t) => t.replace('"version": 1', '"version": 2')),
      'version 2, this program knows version 1',
    ],
    [
      'a foreign run.json',
      (f) => edit(join(f, 'run.json'), (t) => t.replace('orrery.run', 'other')),
      'field "format"',
    ],
  ])('%s', async (_, change, message) => {
    await expect(loadCheckpoint(await broken(change))).rejects.toThrow(message);
  });

  test('gives the averaged weights where training kept such', async () => {
    const { parameters, model } = await loadCheckpoint(whole);
    expect(Object.keys(parameters)).toEqual(expect.arrayContaining(Object.keys(model.parameters)));
    const folder = temporaryFolder();
    await train(smallTraining(folder, { average: 0 }));
    const plain = await loadCheckpoint(folder);
    expect(plain.parameters['head.kernel']).not.toEqual(parameters['head.kernel']);
  });
});
