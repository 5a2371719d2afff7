/** States from a dataset on disk to a trained model of them, and to its files. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema, type Dataset } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { BODY_SIZE, MOTION_SIZE, type StateWorld } from '@orrery/models';
import { createSession } from '@orrery/onnx/node';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readClips, splitTraining } from './clips.ts';
import { createImagination, exportRun, loadCheckpoint, readStates, train } from './index.ts';
import { modelManifestSchema } from './model-manifest.ts';
import { surveyStates } from './states.ts';
import { readerInWorker } from './worker-reader.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const FRAMES = 8;
/** With it the first stacks to learn from and to test on are lower than others. */
const SHORT_FIRST = 0;
let folder: string;
let dataset: Dataset;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orrery-states-'));
  const spec = datasetSpecSchema.parse({
    ...{ name: 'push', scene: 'push', frames: FRAMES, episodes: { train: 6, test: 1 } },
    ...{ width: 16, height: 16, pictures: ['rgb'] },
  });
  await generateDataset({ spec, size: 'tiny', seed: 0, folder, workers: 1 });
  dataset = await openFolder(folder);
});

describe('reading states', () => {
  test('each number is where the layout says', async () => {
    const clip = { episode: 2, start: 3, length: 2 };
    const { motion, bodies } = await readStates(dataset, clip, 2);
    const names = ['position', 'quaternion', 'velocity', 'angular_velocity'] as const;
    const arrays = await dataset.readClip(clip, [...names, 'mass', 'size', 'material']);
    const scene = await dataset.readScene(2);
    const count = scene.bodies.length;
    for (let row = 0; row < 2 * count; row++) {
      const wanted = names.flatMap((name) => {
        const size = name === 'quaternion' ? 4 : 3;
        return [...arrays[name].subarray(row * size, (row + 1) * size)];
      });
      expect([...motion.subarray(row * MOTION_SIZE, (row + 1) * MOTION_SIZE)]).toEqual(wanted);
    }
    scene.bodies.forEach(({ shape, charge, collides }, i) => {
      const kinds = ['sphere', 'box', 'capsule', 'plane'].map((kind) => Number(kind === shape.kind));
      expect([...bodies.subarray(i * BODY_SIZE, (i + 1) * BODY_SIZE)]).toEqual([
        ...[...kinds, ...arrays.size.subarray(3 * i, 3 * i + 3), arrays.mass[i]],
        ...[...arrays.material.subarray(2 * i, 2 * i + 2), charge, Number(collides)],
      ]);
    });
  });

  test('any number of bodies', async () => {
    const spec = datasetSpecSchema.parse({
      ...{ name: 'billiards', scene: 'billiards', frames: 7, episodes: { train: 1, test: 1 } },
      ...{ width: 16, height: 16, pictures: ['rgb'] },
    });
    const where = mkdtempSync(join(tmpdir(), 'orrery-states-'));
    await generateDataset({ spec, size: 'tiny', seed: 0, folder: where, workers: 1 });
    const balls = await openFolder(where);
    expect(balls.manifest.bodies).toHaveLength(9);
    const whole = await readStates(balls, { episode: 0, start: 0 }, 7);
    for (let start = 0; start < 6; start++) {
      const { motion } = await readStates(balls, { episode: 0, start }, 2);
      expect(motion).toEqual(whole.motion.slice(start * 9 * MOTION_SIZE, (start + 2) * 9 * MOTION_SIZE));
    }
  });

  test('clips lie behind each other, from a thread of its own too', async () => {
    const places = [
      { episode: 1, start: 2 },
      { episode: 4, start: 0 },
    ];
    const clips = await readClips(dataset, places, 3, 'states');
    const each = await Promise.all(places.map((place) => readStates(dataset, place, 3)));
    expect([...clips['clips']]).toEqual(each.flatMap(({ motion }) => [...motion]));
    expect([...clips['bodies']]).toEqual(each.flatMap(({ bodies }) => [...bodies]));
    expect(clips['actions']).toHaveLength(2 * 3 * dataset.manifest.actions.length);
    const worker = readerInWorker({ path: folder, clipFrames: 3, sees: 'states' });
    expect(await worker.read(places)).toEqual(clips);
    await worker.close();
  });

  test('what is surveyed: who moves, and means and deviations of the training episodes', async () => {
    const { train: range } = splitTraining(dataset, 0.5);
    expect(range).toEqual({ start: 0, count: 3 });
    const world = await surveyStates(dataset, range);
    const scene = await dataset.readScene(0);
    const moving = scene.bodies.flatMap(({ mass }, i) => (mass > 0 ? [i] : []));
    expect(world).toMatchObject({ sees: 'states', bodies: scene.bodies.length, moving, actions: 2 });
    // Two passes over the array itself.
    const velocities: number[][] = [[], [], []];
    const changes: number[][] = [[], [], []];
    for (let episode = 0; episode < 3; episode++) {
      const { velocity } = await dataset.readClip({ episode, start: 0, length: FRAMES }, ['velocity']);
      const at = (t: number, body: number, axis: number) =>
        velocity[(t * scene.bodies.length + body) * 3 + axis];
      for (const body of moving)
        for (let axis = 0; axis < 3; axis++)
          for (let t = 0; t < FRAMES; t++) {
            velocities[axis].push(at(t, body, axis));
            if (t > 0) changes[axis].push(at(t, body, axis) - at(t - 1, body, axis));
          }
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = (values: number[]) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));
    const { motion, change } = world.statistics;
    for (let axis = 0; axis < 2; axis++) {
      expect(motion.mean[7 + axis]).toBeCloseTo(mean(velocities[axis]), 6);
      expect(motion.deviation[7 + axis]).toBeCloseTo(deviation(velocities[axis]), 6);
      expect(change.mean[6 + axis]).toBeCloseTo(mean(changes[axis]), 6);
      expect(change.deviation[6 + axis]).toBeCloseTo(deviation(changes[axis]), 6);
    }
  });
});

test('a body that moves in one episode of a split alone is among those that move', async () => {
  const spec = datasetSpecSchema.parse({
    ...{ name: 'stack', scene: 'stack', frames: 3, episodes: { train: 1, test: 8 } },
    ...{ width: 16, height: 16, pictures: ['rgb'] },
  });
  const where = mkdtempSync(join(tmpdir(), 'orrery-states-'));
  await generateDataset({ spec, size: 'tiny', seed: SHORT_FIRST, folder: where, workers: 1 });
  const stacks = await openFolder(where);
  const each = await Promise.all(
    Array.from({ length: 9 }, async (_, episode) =>
      (await stacks.readScene(episode)).bodies.flatMap(({ mass }, i) => (mass > 0 ? [i] : [])),
    ),
  );
  const moving = [...new Set(each.flat())].sort((a, b) => a - b);
  const { train: range, test: held } = stacks.manifest.splits;
  expect(each[held.start].length).toBeLessThan(moving.length);
  expect(each[range.start].length).toBeLessThan(moving.length);
  expect((await surveyStates(stacks, range)).moving).toEqual(moving);
});

describe('a model of states', () => {
  const run = () => join(folder, 'run');
  beforeAll(async () => {
    await train({
      ...{ folder: run(), family: 'state-mlp', dataset, datasetPath: folder, revision: 'test' },
      config: { width: 16, unroll: 2 },
      training: {
        ...{ steps: 20, batch: 8, stepsPerCall: 10, warmup: 2, validateEvery: 10, checkpointEvery: 10 },
        ...{ validationClips: 8, threads: 1 },
      },
    });
  });

  test('its world is in its run, and its motion follows from actions and state', async () => {
    const trained = await loadCheckpoint(run());
    expect(trained.run.world).toEqual(
      await surveyStates(dataset, splitTraining(dataset, trained.run.training.validationFraction).train),
    );
    const imagination = createImagination(trained, { threads: 1 });
    const { motion, bodies } = await readStates(dataset, { episode: 6, start: 0 }, 2);
    const actions = Float32Array.from({ length: 2 * 4 }, (_, i) => (i % 2 ? 1 : -1));
    const still = await imagination.rollout({ context: motion, bodies }, 1, 3);
    const pushed = await imagination.rollout({ context: motion, bodies }, 1, 3, { actions });
    await imagination.close();
    expect(still).toHaveLength((3 * motion.length) / 2);
    expect(pushed).not.toEqual(still);
    // What never moves stays, to the bit.
    const { bodies: count, moving } = trained.run.world as StateWorld;
    for (let body = 0; body < count; body++) {
      if (moving.includes(body)) continue;
      for (const frame of [0, 1, 2]) {
        const at = (frame * count + body) * MOTION_SIZE;
        expect([...pushed.subarray(at, at + MOTION_SIZE)]).toEqual([
          ...motion.subarray(body * MOTION_SIZE, (body + 1) * MOTION_SIZE),
        ]);
      }
    }
  });

  test('exported as ONNX, the manifest is enough to imagine what the run imagines', async () => {
    const out = join(folder, 'onnx');
    await exportRun({ folder: run(), format: 'onnx', out });
    const manifest = modelManifestSchema.parse(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')));
    const { components, state, contextFrames, world } = manifest;
    const trained = await loadCheckpoint(run());
    expect(world).toEqual(trained.run.world);
    const { motion, bodies } = await readStates(dataset, { episode: 6, start: 1 }, contextFrames);
    const imagination = createImagination(trained, { threads: 1 });
    const wanted = await imagination.rollout({ context: motion, bodies }, 1, 3);
    const open = ({ file }: { file: string }) => createSession(readFileSync(join(out, file)), { threads: 1 });
    const [encode, step] = await Promise.all([open(components!.encode), open(components!.step)]);
    let values = await encode.run({
      ...{ context: motion, bodies },
      actions: new Float32Array(contextFrames * world.actions),
    });
    for (let k = 0; k < 3; k++) {
      const feeds = Object.fromEntries(state!.map(({ name, from }) => [name, values[from]]));
      const { motion: next, ...rest } = await step.run({ ...feeds, action: new Float32Array(world.actions) });
      expect(next.data).toEqual(wanted.subarray(k * next.data.length, (k + 1) * next.data.length));
      values = rest;
    }
    await Promise.all([encode.close(), step.close(), imagination.close()]);
  });
});
