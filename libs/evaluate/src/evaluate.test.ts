import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema, type Dataset } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { stateMlp } from '@orrery/models';
import { writeFileAtomic } from '@orrery/storage';
import { loadCheckpoint, train } from '@orrery/train';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { reproducingCommands, trainCommand } from './commands.ts';
import { evaluate } from './evaluate.ts';
import { scorecardSchema } from './scorecard/schema.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** The real thing, small: simulated, rendered, trained for two steps. */
let root: string;
let dataset: Dataset;
const run = () => join(root, 'runs/tiny run');
const judging = { horizon: 3, longest: 4, keep: 1, batch: 2, draws: 20 };

async function makeDataset(size: number, scene = 'bounce'): Promise<Dataset> {
  const folder = join(root, `${scene}-${size}`);
  const spec = datasetSpecSchema.parse({
    ...{ name: scene, scene, frames: 8, episodes: { train: 3, test: 3 } },
    ...{ width: size, height: size },
  });
  await generateDataset({ spec, size: 'tiny', seed: 0, folder, workers: 1 });
  return openFolder(folder);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'orrery-evaluate-'));
  dataset = await makeDataset(32);
  await train({
    ...{ family: 'residual-conv', dataset, datasetPath: 'data-32', folder: run(), revision: 'abc123' },
    config: { width: 4, blocks: 0, unroll: 1 },
    training: {
      steps: 2,
      warmup: 0,
      batch: 2,
      stepsPerCall: 1,
      validationClips: 2,
      validateEvery: 1,
      threads: 1,
    },
  });
});

describe('evaluating a run', () => {
  test('rolls its best checkpoint out and writes what came of it', async () => {
    const scorecard = await evaluate({ folder: run(), dataset, threads: 1, ...judging });
    const { step } = await loadCheckpoint(run(), 'best');
    expect(scorecard).toMatchObject({
      ...{ run: 'tiny run', family: 'residual-conv', checkpoint: { name: 'best', step } },
      dataset: { checksum: dataset.manifest.checksums.dataset, split: 'test' },
      protocol: { episodes: 3, rollouts: 3, context: 2, horizon: 3, longest: 4 },
    });
    expect(scorecard.cost.parameters).toBeGreaterThan(100);
    // At least two FLOPs for each weight of a convolution over a grid of 8 x 8 cells.
    expect(Number(scorecard.cost.flopsPerFrame)).toBeGreaterThan(100 * 64);
    expect(Number(scorecard.rows[0].metrics['psnr'].mean.value)).toBeGreaterThan(5);
    const written = await readFile(join(run(), 'scorecard.json'), 'utf8');
    expect(scorecardSchema.parse(JSON.parse(written))).toEqual(scorecard);
    const report = await readFile(join(run(), 'report.html'), 'utf8');
    for (const part of ['abc123', 'Loss against training steps', 'the training split of this dataset'])
      expect(report).toContain(part);
    expect(scorecard.probes).not.toBeNull();
    expect(report).not.toContain('is no merit of it');
  });

  test('on the episodes that probes are fitted to there are none', async () => {
    const { probes, protocol } = await evaluate({
      ...{ folder: run(), dataset, threads: 1, ...judging, split: 'train' },
    });
    expect(protocol.episodes).toBe(3);
    expect(probes).toBeNull();
  });

  test('the same again gives the same numbers', async () => {
    const options = { folder: run(), dataset, threads: 1, ...judging };
    const [a, b] = [await evaluate(options), await evaluate(options)];
    expect(b.rows).toEqual(a.rows);
    expect(b.figures).toEqual(a.figures);
  });

  test('the report says how to make it again', async () => {
    const { run: record } = await loadCheckpoint(run());
    expect(reproducingCommands('tiny run', record, dataset.manifest)).toEqual([
      'orrery generate bounce --size tiny',
      "orrery train bounce --size tiny --family residual-conv --run 'tiny run' --seed 0" +
        ' --set model.unroll=1 --set model.width=4 --set model.blocks=0' +
        ' --set training.steps=2 --set training.batch=2 --set training.warmup=0 --set training.stepsPerCall=1' +
        ' --set training.validateEvery=1 --set training.validationClips=2 --set training.threads=1',
      "orrery evaluate 'tiny run'",
    ]);
  });
});

describe('a run of a model of states', () => {
  const stateRun = () => join(root, 'runs/states');
  beforeAll(async () => {
    await train({
      ...{ family: 'state-mlp', dataset, datasetPath: 'data-32', folder: stateRun(), revision: 'abc123' },
      config: { width: 8, unroll: 1, layers: 1 },
      training: { steps: 2, warmup: 0, batch: 2, stepsPerCall: 1, validationClips: 2, threads: 1 },
    });
  });

  test('is judged by the states that it predicts, beside baselines of states', async () => {
    const scorecard = await evaluate({ folder: stateRun(), dataset, threads: 1, ...judging, longest: 6 });
    expect(scorecard.protocol).toMatchObject({ follows: 'states', context: 2, longest: 6 });
    const rows = Object.fromEntries(scorecard.rows.map((row) => [row.predictor, row]));
    expect(Object.keys(rows)).toEqual(['model', 'copy-last', 'linear', 'oracle', 'truth']);
    const at = (predictor: string, metric: string, step: number) =>
      Number(rows[predictor]!.metrics[metric]!.steps[step - 1]!.value);
    // No parser's floor, and the pictures of true states are the true pictures.
    for (const predictor of ['oracle', 'truth']) {
      expect(at(predictor, 'position_error', 6)).toBe(0);
      expect(rows[predictor]!.metrics['psnr']!.mean.value).toBe('Infinity');
      expect(Number(rows[predictor]!.metrics['energy_drift']!.mean.value)).toBe(0);
    }
    // What the dataset itself says of bodies that stay, and of bodies that go on as they went.
    const sums = { 'copy-last': 0, linear: 0 };
    for (const [i, episode] of scorecard.samples.episodes.entries()) {
      const clip = { episode, start: scorecard.samples.starts[i]! + 1, length: 4 };
      const { position, velocity } = await dataset.readClip(clip, ['position', 'velocity']);
      const count = position.length / 12;
      const { dt, bodies } = await dataset.readScene(episode);
      const moving = bodies.flatMap(({ mass }, index) => (mass > 0 ? [index] : []));
      for (const [name, goesOn] of [
        ['copy-last', 0],
        ['linear', 3 * dt],
      ] as const) {
        const errors = moving.map((index) =>
          Math.hypot(
            ...[0, 1, 2].map((axis) => {
              const [now, then] = [3 * index + axis, 3 * (3 * count + index) + axis];
              return position[then] - position[now] - goesOn * velocity[now];
            }),
          ),
        );
        sums[name] += errors.reduce((a, b) => a + b) / errors.length / scorecard.samples.episodes.length;
      }
    }
    for (const [name, error] of Object.entries(sums))
      expect(at(name, 'position_error', 3)).toBeCloseTo(error, 5);
    // The state holds the context's states themselves: linear probes read them, and the report says so.
    const count = dataset.manifest.bodies.length;
    expect(scorecard.probes).toMatchObject({ features: (2 * 13 + 12) * count, samples: 3 * 7 });
    expect(await readFile(join(stateRun(), 'report.html'), 'utf8')).toContain('is no merit of it');
    // Two steps taught it little: it goes on at constant velocity and with the mean change.
    expect(at('model', 'position_error', 1)).toBeLessThan(at('copy-last', 'position_error', 1));
  });

  test('what its family takes instead of the trainer’s defaults needs no saying', async () => {
    const { run: record } = await loadCheckpoint(stateRun());
    const training = { ...record.training, ...stateMlp.training, batch: 8 };
    const [, command] = reproducingCommands('s', { ...record, training }, dataset.manifest);
    expect(trainCommand({ ...record, training })).toBe(command.replace(' --run s', ''));
    // 8 clips an update are the trainer's default, and not this family's.
    expect(command).toContain('--set training.batch=8');
    expect(command).not.toContain('training.steps');
  });

  test('scenes may lack some of the bodies', async () => {
    const stacks = await makeDataset(16, 'stack');
    const counts = await Promise.all(
      [3, 4, 5].map(async (episode) => {
        const { bodies } = await stacks.readScene(episode);
        return bodies.filter(({ mass }) => mass > 0).length;
      }),
    );
    expect(new Set(counts).size).toBeGreaterThan(1);
    const folder = join(root, 'runs/stacks');
    await train({
      ...{ family: 'state-mlp', dataset: stacks, datasetPath: 'stack-16', folder, revision: 'abc123' },
      config: { width: 8, unroll: 1, layers: 1 },
      training: { steps: 2, warmup: 0, batch: 2, stepsPerCall: 1, validationClips: 2, threads: 1 },
    });
    const scorecard = await evaluate({ folder, dataset: stacks, threads: 1, ...judging });
    const error = (predictor: string) =>
      scorecard.rows.find((row) => row.predictor === predictor)!.metrics['position_error']!.mean.value;
    expect(error('truth')).toBe(0);
    // All of them rest or fall: those that a scene lacks would make the error smaller than it is.
    const errors = await Promise.all(
      scorecard.samples.episodes.map(async (episode, i) => {
        const clip = { episode, start: scorecard.samples.starts[i]! + 1, length: 4 };
        const { position } = await stacks.readClip(clip, ['position']);
        const { bodies } = await stacks.readScene(episode);
        const moving = bodies.flatMap(({ mass }, index) => (mass > 0 ? [index] : []));
        const off = [1, 2, 3].flatMap((t) =>
          moving.map((index) =>
            Math.hypot(
              ...[0, 1, 2].map(
                (axis) => position[3 * (t * bodies.length + index) + axis] - position[3 * index + axis],
              ),
            ),
          ),
        );
        return off.reduce((a, b) => a + b) / off.length;
      }),
    );
    const mean = errors.reduce((a, b) => a + b) / errors.length;
    expect(Number(error('copy-last'))).toBeCloseTo(mean, 5);
  });

  test('what does not fit it is named', async () => {
    const { manifest } = dataset;
    const other = { ...dataset, manifest: { ...manifest, bodies: [...manifest.bodies, 'another'] } };
    await expect(evaluate({ folder: stateRun(), dataset: other })).rejects.toThrow(
      `scenes of ${manifest.bodies.length + 1} bodies, but the run was trained on ${manifest.bodies.length}`,
    );
    const slower = { ...dataset, manifest: { ...manifest, dt: 2 * manifest.dt } };
    await expect(evaluate({ folder: stateRun(), dataset: slower })).rejects.toThrow(
      `${2 * manifest.dt} s between frames, but the run was trained on ${manifest.dt} s`,
    );
  });
});

describe('what cannot be evaluated is named', () => {
  test('no run, no checkpoint', async () => {
    await expect(evaluate({ folder: join(root, 'nothing'), dataset })).rejects.toThrow('not found');
    const record = await readFile(join(run(), 'run.json'), 'utf8');
    const empty = join(root, 'empty');
    await writeFileAtomic(join(empty, 'run.json'), record);
    await expect(evaluate({ folder: empty, dataset })).rejects.toThrow('no complete checkpoint');
    await rm(empty, { recursive: true });
  });

  test('frames of another size', async () => {
    const other = await makeDataset(16);
    await expect(evaluate({ folder: run(), dataset: other })).rejects.toThrow(
      'frames of 16x16, but the run was trained on 32x32',
    );
  });

  test('a horizon beyond the episodes', async () => {
    await expect(evaluate({ folder: run(), dataset, horizon: 10 })).rejects.toThrow(
      'episodes of 8 frames, but 2 context frames and a horizon of 10 need 12; choose a shorter horizon',
    );
  });
});
