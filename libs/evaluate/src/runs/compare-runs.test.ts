import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { arenaDataset } from '../arena.fixture.ts';
import { comparePredictors } from '../compare.ts';
import { defaultJudging, makeScorecard } from '../judge.ts';
import { constantVelocity } from '../predictors/constant-velocity.ts';
import { copyLast } from '../predictors/copy-last.ts';
import type { Predictor } from '../predictors/predictor.ts';
import { readScorecard } from '../scorecard/read.ts';
import type { Scorecard } from '../scorecard/schema.ts';
import { compareRuns, verdictOf } from './compare-runs.ts';
import { renderComparison } from './comparison-page.ts';
import { comparisonTable } from './comparison-table.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

/** Scorecards of two "models" on four episodes: one moves the balls on, the other leaves them. */
let moving: Scorecard;
let still: Scorecard;

async function scorecardOf(run: string, predictor: Predictor): Promise<Scorecard> {
  const dataset = arenaDataset({ frames: 14, test: 4 });
  const comparison = await comparePredictors({
    ...{ dataset, predictors: [{ ...predictor, name: 'model' }, copyLast], keep: 1, batch: 8 },
    ...{ split: 'test', horizon: 4, longest: 6, episodes: 4, starts: 1 },
  });
  return makeScorecard(
    {
      ...{ predictor, run, family: run, checkpoint: { name: 'best', step: 7 }, parameters: 9 },
      ...{ flopsPerFrame: 1e6, losses: [] },
      provenance: { config: {}, seed: 0, revision: '', trainedOn: '' },
    },
    dataset,
    { ...defaultJudging, horizon: 4, draws: 200 },
    comparison,
  );
}

beforeAll(async () => {
  moving = await scorecardOf('moving', constantVelocity);
  still = await scorecardOf('still', copyLast);
});

const figure = (name: string, ...scorecards: Scorecard[]) =>
  compareRuns(scorecards).figures.find((one) => one.name === name)!;

describe('runs side by side', () => {
  test('values are those of their scorecards, with the same intervals', () => {
    const { values } = figure('position_error/mean-4', moving, still);
    for (const [i, scorecard] of [moving, still].entries()) {
      const { value, low, high } = scorecard.rows[0].metrics['position_error'].mean;
      expect(values[i]!.value).toBeCloseTo(Number(value), 12);
      expect(values[i]!.low).toBeCloseTo(Number(low), 12);
      expect(values[i]!.high).toBeCloseTo(Number(high), 12);
    }
    const time = figure('valid_time/rollout-6', moving, still);
    expect(time.values[1]!.value).toBe(still.rows[0].rollouts['valid_time'].longest.value);
  });

  test('differences are those of the model to copy-last, which the scorecard of one run has too', () => {
    const { differences } = figure('position_error/mean-4', still, moving);
    const known = moving.comparisons.find(({ metric }) => metric === 'position_error')!;
    expect(differences[0]).toBeNull();
    for (const part of ['value', 'low', 'high'] as const)
      expect(differences[1]![part]).toBeCloseTo(Number(known.mean[part]), 10);
    expect(verdictOf(figure('position_error/mean-4', still, moving), differences[1])).toBe(1);
  });

  test('what makes episodes hard for both cancels: 0.1 m more in each is 0.1 m for certain', () => {
    const worse = structuredClone(still);
    const { sums, weights } = worse.samples.metrics['position_error'].mean;
    sums.forEach((sum, r) => (sums[r] = sum + 0.1 * weights[r]));
    const { values, differences, ...about } = figure('position_error/mean-4', still, worse);
    expect(Number(values[0]!.high) - Number(values[0]!.low)).toBeGreaterThan(0.05);
    for (const part of ['value', 'low', 'high'] as const)
      expect(differences[1]![part]).toBeCloseTo(0.1, 10);
    expect(verdictOf(about, differences[1])).toBe(-1);
  });

  test('only episodes that all runs have count', () => {
    const fewer = structuredClone(still);
    fewer.samples.episodes[3] = 99;
    expect(compareRuns([still, fewer]).episodes).toBe(3);
    const { values } = figure('position_error/mean-4', still, fewer);
    expect(values[0]).toEqual(values[1]);
  });

  test('a figure that one run lacks is left open there', () => {
    const blind = structuredClone(still);
    delete blind.samples.metrics['ssim'];
    const { values, differences } = figure('ssim/mean-4', still, blind);
    expect(values[0]).not.toBeNull();
    expect([values[1], differences[1]]).toEqual([null, null]);
  });

  test('shifted splits are compared by factor, over their own episodes', () => {
    const withShift = (sums: number[]): Scorecard => ({
      ...structuredClone(still),
      shifts: [
        {
          ...{ split: 'ood-speed', factor: 'speed', range: [4, 5], unit: 'm/s', episodes: 2, rollouts: 2, rows: [] },
          samples: { episodes: [8, 9], metrics: { position_error: { sums, weights: [4, 4] } } },
        },
      ],
    });
    const { label, values, differences } = figure('position_error/ood-speed', withShift([1, 3]), withShift([2, 4]));
    expect(label).toBe('position error 1–4, speed shifted');
    expect(values.map((interval) => interval!.value)).toEqual([0.5, 0.75]);
    expect(differences[1]).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
  });

  test('pairs of surprise are compared by violation', () => {
    const withPairs = (correct: number[]): Scorecard => ({
      ...structuredClone(still),
      surprise: {
        ...{ frames: 20, overall: [] },
        violations: [{ violation: 'vanish', pairs: 2, rows: [], samples: { episodes: [50, 52], correct } }],
      },
    });
    const { values, differences } = figure('surprise/vanish', withPairs([0, 1]), withPairs([1, 1]));
    expect(values.map((interval) => interval!.value)).toEqual([50, 100]);
    expect(differences[1]!.value).toBe(50);
  });
});

describe('what cannot be compared is named', () => {
  test('other data, another split, another horizon, no episode in common, one run', () => {
    const changed = (change: (scorecard: Scorecard) => void) => {
      const scorecard = structuredClone(moving);
      change(scorecard);
      return () => compareRuns([still, scorecard]);
    };
    expect(changed(({ dataset }) => (dataset.checksum = 'badcafe'))).toThrow(
      'run "moving" was evaluated on "arena" badcafe, run "still" on "arena" c0ffee; evaluate both on one dataset',
    );
    expect(changed(({ dataset }) => (dataset.split = 'train'))).toThrow('on split "train", run "still" on "test"');
    expect(changed(({ protocol }) => (protocol.horizon = 3))).toThrow(
      'a horizon of 3 frames, run "still" of 4; evaluate both alike ("orrery evaluate <run> --set horizon=4")',
    );
    expect(changed(({ samples }) => samples.episodes.fill(77))).toThrow('"still", "moving" share no episode');
    expect(() => compareRuns([still])).toThrow('1 runs: nothing to compare');
  });

  test('no scorecard, a damaged one, one of another version', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'orrery-scorecard-')), 'some-run');
    await mkdir(folder);
    await expect(readScorecard(folder)).rejects.toThrow(
      'run "some-run": has no scorecard yet; run "orrery evaluate some-run"',
    );
    const path = join(folder, 'scorecard.json');
    await writeFile(path, '{"vers');
    await expect(readScorecard(folder)).rejects.toThrow('its scorecard.json is damaged');
    await writeFile(path, JSON.stringify({ ...still, version: 1 }));
    await expect(readScorecard(folder)).rejects.toThrow('of version 1, this program reads version 2');
    await writeFile(path, JSON.stringify({ ...still, samples: {} }));
    await expect(readScorecard(folder)).rejects.toThrow('scorecard field "samples.episodes"');
    await writeFile(path, JSON.stringify(still));
    expect(await readScorecard(folder)).toEqual(still);
  });
});

describe('the table and the page', () => {
  test('a row a figure, a column a run, the difference in brackets', () => {
    const [head, ...rows] = comparisonTable(compareRuns([still, moving]));
    expect(head).toEqual(['figure', 'still', 'moving']);
    const row = rows.find(([name]) => name === 'position error 1–4, m')!;
    expect(row[1]).toMatch(/^\d\.\d{3}$/);
    expect(row[2]).toMatch(/^\d\.\d{3} \(−\d\.\d{3}, −\d\.\d{3} to −\d\.\d{3}, better\)$/);
  });

  test('what each run is told is said: states are more than frames', () => {
    const told = { ...moving, protocol: { ...moving.protocol, follows: 'states' as const } };
    const [first, second] = [still, moving].map(({ protocol: { context } }) => context);
    const row = comparisonTable(compareRuns([still, told])).find(([name]) => name === 'is given')!;
    expect(row.slice(1)).toEqual([`${first} frames`, `${second} states`]);
  });

  test('probes of given states are not set against what others find in frames', () => {
    const { episodes } = still.samples;
    const [sums, weights] = [episodes.map((_, i) => 1 + i), episodes.map((_, i) => 9 - i)];
    const read = { quantity: 'position', r2: { value: 0, low: 0, high: 0 }, penalty: 1 };
    const probes = { features: 4, samples: 8, rows: [{ ...read, samples: { episodes, sums, weights } }] };
    const [frames, others] = [still, moving].map((one) => ({ ...one, probes }));
    const states = { ...others, protocol: { ...others.protocol, follows: 'states' as const } };
    const told = compareRuns([frames, others, states]).figures.find(({ name }) => name === 'probe/position')!;
    expect(told.values.map((value) => value === null)).toEqual([false, false, true]);
    expect(told.differences.map((value) => value === null)).toEqual([true, false, true]);
  });

  test('holds all of it, and asks nothing of the network', () => {
    const comparison = compareRuns([still, moving]);
    const page = renderComparison(comparison, [still, moving]);
    const { document } = parseHTML(page);
    const text = document.body.textContent.replaceAll(/\s+/g, ' ');
    for (const { label } of comparison.figures) expect(text).toContain(label);
    expect(document.querySelectorAll('td small.holds').length).toBeGreaterThan(0);
    expect(document.querySelectorAll('svg.chart').length).toBeGreaterThanOrEqual(3);
    expect(document.querySelectorAll('script, link, iframe, object, img')).toHaveLength(0);
    expect(page).not.toMatch(/url\(\s*['"]?https?:|@import/);
  });

  test('escapes names', () => {
    const hostile = { ...structuredClone(moving), run: '<script>alert(1)</script>' };
    expect(renderComparison(compareRuns([still, hostile]), [still, hostile])).not.toContain('<script>');
  });
});
