import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArray, rolloutsManifestSchema } from '@orrery/dataset';
import { folderStore } from '@orrery/dataset/node';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { arenaDataset, FRAME_BYTES } from './arena.fixture.ts';
import { judge, type JudgeOptions } from './judge.ts';
import { constantVelocity } from './predictors/constant-velocity.ts';
import { copyLast } from './predictors/copy-last.ts';
import { scorecardSchema, type Scorecard } from './scorecard/schema.ts';
import { summaryTable } from './scorecard/summary.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const dataset = arenaDataset({ frames: 16, test: 3, shifted: 2, pairs: 2 });
let folder: string;
let options: JudgeOptions;
let scorecard: Scorecard;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-judge-'));
  options = {
    subject: {
      // Constant velocity under another name: better than copy-last, no better than itself.
      predictor: { ...constantVelocity, name: 'model' },
      ...{ run: 'test-run', family: 'test', checkpoint: { name: 'best', step: 3 }, parameters: 7 },
      ...{ flopsPerFrame: NaN, losses: [] },
      provenance: { config: { width: 4 }, seed: 5, revision: 'abc', trainedOn: 'c0ffee' },
    },
    ...{ dataset, folder, commands: ['orrery evaluate test-run'], draws: 50 },
    ...{ horizon: 4, longest: 6, keep: 2, starts: 1 },
  };
  scorecard = await judge(options);
});

describe('the files of an evaluation', () => {
  test('scorecard, report and rollouts, and nothing left over', async () => {
    expect((await readdir(folder)).sort()).toEqual(['report.html', 'rollouts.zarr', 'scorecard.json']);
    const written = JSON.parse(await readFile(join(folder, 'scorecard.json'), 'utf8'));
    expect(scorecardSchema.parse(written)).toEqual(scorecard);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('test-run');
  });

  test('the scorecard says what was measured', () => {
    expect(scorecard).toMatchObject({
      run: 'test-run',
      dataset: { name: 'arena', checksum: 'c0ffee', split: 'test' },
      protocol: { episodes: 3, rollouts: 3, context: 2, horizon: 4, longest: 6, dt: 0.05 },
      cost: { parameters: 7, flopsPerFrame: null },
    });
    expect(Number(scorecard.cost.millisecondsPerFrame)).toBeGreaterThan(0);
    expect(scorecard.rows.map(({ predictor }) => predictor)).toEqual([
      'model',
      'copy-last',
      'linear',
      'constant-velocity',
      'oracle',
      'truth',
    ]);
    const told = scorecard.figures.find(({ name }) => name === 'psnr/mean-4/minus-constant-velocity');
    expect(told).toMatchObject({ value: 0, bound: null, holds: true });
  });

  test('the table has a row a predictor and a column a figure', () => {
    const table = summaryTable(scorecard);
    expect(table[0]).toEqual([
      ...['predictor', 'PSNR 1–4', 'PSNR @4', 'position error 1–4', 'position error @4'],
      ...['SSIM 1–4', 'bodies lost 1–4'],
    ]);
    expect(table).toHaveLength(7);
    expect(table[1][0]).toBe('model');
    expect(table[1][1]).toMatch(/^\d+\.\d\d dB$/);
    expect(table[6].slice(0, 2)).toEqual(['truth (measurement floor)', '∞ dB']);
  });
});

describe('beyond the held-out split', () => {
  const of = (name: string, split: number) =>
    scorecard.shifts[split].rows.find(({ predictor }) => predictor === name)!.metrics;

  test('each shifted split has all predictors, beside the split of the rows over the same steps', () => {
    expect(
      scorecard.shifts.map(({ split, factor, range, rollouts }) => [split, factor, range, rollouts]),
    ).toEqual([
      ['test', null, null, 3],
      ['ood-speed', 'speed', [4, 5], 2],
    ]);
    expect(of('model', 0)['position_error']).toEqual(scorecard.rows[0].metrics['position_error'].mean);
    expect(of('linear', 0)['valid_time']).toEqual(scorecard.rows[2].rollouts['valid_time'].horizon);
    // Faster balls leave a copied frame farther behind.
    const copied = (split: number) => Number(of('copy-last', split)['position_error'].value);
    expect(copied(1)).toBeGreaterThan(1.3 * copied(0));
    expect(Number(of('truth', 1)['position_error'].value)).toBeLessThan(0.01);
  });

  test('pairs: what goes on as before is nearer to the film without a jump', () => {
    const { surprise } = scorecard;
    expect(surprise!.violations.map(({ violation, pairs }) => [violation, pairs])).toEqual([['teleport', 2]]);
    expect(surprise!.overall.map(({ predictor }) => predictor)).toEqual([
      'model',
      'copy-last',
      'linear',
      'constant-velocity',
    ]);
    const [{ accuracy, possible, impossible }] = surprise!.violations[0].rows;
    expect(accuracy).toEqual({ value: 100, low: 100, high: 100 });
    expect(Number(possible)).toBeGreaterThan(Number(impossible) + 3);
  });

  test('they can be left out', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'orrery-judge-'));
    const { shifts, surprise } = await judge({
      ...options,
      folder: elsewhere,
      shifts: false,
      surprise: false,
    });
    expect([shifts, surprise]).toEqual([[], null]);
  });

  test('the oracle draws what is true', () => {
    const row = scorecard.rows.find(({ predictor }) => predictor === 'oracle')!;
    const truth = scorecard.rows.at(-1)!;
    expect(Number(row.metrics['psnr'].mean.value)).toBeGreaterThan(60);
    expect(row.metrics['position_error'].mean.value).toBeCloseTo(
      Number(truth.metrics['position_error'].mean.value),
      3,
    );
    expect(scorecard.comparisons.map(({ baseline }) => baseline)).not.toContain('oracle');
  });
});

describe('rollouts.zarr', () => {
  const read = (path: string) => readArray(folderStore(join(folder, 'rollouts.zarr')), path);
  const manifest = async () => {
    const group = JSON.parse(await readFile(join(folder, 'rollouts.zarr', 'zarr.json'), 'utf8'));
    return rolloutsManifestSchema.parse(group.attributes);
  };

  test('follows its schema', async () => {
    expect(await manifest()).toMatchObject({
      ...{ run: 'test-run', dataset: 'arena', family: 'test', context: 2, horizon: 6, width: 64, height: 64 },
      predictors: ['model', 'copy-last', 'linear', 'constant-velocity'],
      tracked: [0, 1],
    });
  });

  test('reads back as the dataset’s frames and states', async () => {
    const { rollouts } = await manifest();
    const R = rollouts.length;
    expect(R).toBe(2);
    const rgb = await read('truth/rgb');
    const position = await read('truth/position');
    expect(rgb.shape).toEqual([R, 8, 64, 64, 3]);
    const N = rollouts[0].scene.bodies.length;
    expect(position.shape).toEqual([R, 8, N, 3]);
    expect((await read('truth/quaternion')).shape).toEqual([R, 8, N, 4]);
    for (const [r, { episode, start }] of rollouts.entries()) {
      const clip = await dataset.readClip({ episode, start, length: 8 }, ['rgb', 'position']);
      expect(rgb.data.subarray(r * 8 * FRAME_BYTES, (r + 1) * 8 * FRAME_BYTES)).toEqual(clip.rgb);
      expect(position.data.subarray(r * 8 * N * 3, (r + 1) * 8 * N * 3)).toEqual(clip.position);
      // JSON knows no -0.
      expect(rollouts[r].scene).toEqual(JSON.parse(JSON.stringify(await dataset.readScene(episode))));
    }
  });

  test('predictions begin with the true context and carry their measures', async () => {
    const truth = (await read('truth/rgb')).data;
    const predicted = await read('copy-last/rgb');
    const context = truth.subarray(0, 2 * FRAME_BYTES);
    expect(predicted.data.subarray(0, 2 * FRAME_BYTES)).toEqual(context);
    const [{ frames: copied }] = await copyLast.predict(
      [
        {
          frames: Uint8Array.from(context),
          ...{ count: 2, width: 64, height: 64 },
          scene: (await manifest()).rollouts[0].scene,
        },
      ],
      6,
    );
    expect(predicted.data.subarray(2 * FRAME_BYTES, 8 * FRAME_BYTES)).toEqual(copied);
    const psnr = await read('copy-last/psnr');
    const error = await read('copy-last/position_error');
    const parsed = await read('copy-last/parsed');
    expect([psnr.shape, error.shape, parsed.shape]).toEqual([
      [2, 8],
      [2, 8],
      [2, 8, 2, 3],
    ]);
    expect([...psnr.data.subarray(0, 2)]).toEqual([Infinity, Infinity]);
    expect(Math.max(...error.data.subarray(0, 2))).toBeLessThan(0.01);
    expect(error.data[7]).toBeGreaterThan(0.2);
    expect([...parsed.data].every(Number.isFinite)).toBe(true);
  });
});

test('evaluating again replaces the files and clears what a killed one left', async () => {
  await mkdir(join(folder, '.rollouts.zarr.01234567.partial/truth'), { recursive: true });
  const again = await judge({ ...options, keep: 1 });
  const group = JSON.parse(await readFile(join(folder, 'rollouts.zarr', 'zarr.json'), 'utf8'));
  expect(group.attributes.rollouts).toHaveLength(1);
  expect((await readdir(folder)).sort()).toEqual(['report.html', 'rollouts.zarr', 'scorecard.json']);
  // The same in all but time.
  expect({ ...again, cost: null }).toEqual({ ...scorecard, cost: null });
});

test('a failed evaluation keeps what an earlier one wrote', async () => {
  const before = await readFile(join(folder, 'scorecard.json'), 'utf8');
  const failing = {
    ...options.subject.predictor,
    predict: async () => Promise.reject(new Error('out of memory')),
  };
  await expect(judge({ ...options, subject: { ...options.subject, predictor: failing } })).rejects.toThrow(
    'out of memory',
  );
  expect(await readFile(join(folder, 'scorecard.json'), 'utf8')).toBe(before);
  expect((await readdir(folder)).sort()).toEqual(['report.html', 'rollouts.zarr', 'scorecard.json']);
});
