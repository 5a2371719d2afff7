import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema, type Dataset } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { writeFileAtomic } from '@orrery/storage';
import { loadCheckpoint, train } from '@orrery/train';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { reproducingCommands } from './commands.ts';
import { evaluate } from './evaluate.ts';
import { scorecardSchema } from './scorecard/schema.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** The real thing, small: simulated, rendered, trained for two steps. */
let root: string;
let dataset: Dataset;
const run = () => join(root, 'runs/tiny run');
const judging = { horizon: 3, longest: 4, keep: 1, batch: 2, draws: 20 };

async function makeDataset(size: number): Promise<Dataset> {
  const folder = join(root, `data-${size}`);
  const spec = datasetSpecSchema.parse({
    ...{ name: 'bounce', scene: 'bounce', frames: 8, episodes: { train: 3, test: 3 } },
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
