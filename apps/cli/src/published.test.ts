/** The models that are published with the datasets, on data that is made here: they still predict what they did. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const orrery = fileURLToPath(new URL('../bin/orrery.js', import.meta.url));
const datasets = fileURLToPath(new URL('../../../datasets', import.meta.url));

const published = readdirSync(datasets).flatMap((dataset) => {
  const folder = join(datasets, dataset, 'models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ dataset, model: name, folder: join(folder, name) }));
});

interface Figure {
  readonly name: string;
  readonly value: number | string;
  readonly holds: boolean;
}

describe.each(published)('$model of $dataset', ({ dataset, folder }) => {
  test('predicts pictures of other episodes better than repeating or extrapolating does', () => {
    const root = mkdtempSync(join(tmpdir(), 'orrery-published-'));
    const environment = { ...process.env, ORRERY_DATA: join(root, 'data'), ORRERY_RUNS: join(root, 'runs') };
    const options = { cwd: root, env: environment, maxBuffer: 2 ** 26, encoding: 'utf8' } as const;
    // A missed bound of few episodes is exit code 1, with figures.
    const run = (...args: string[]) => spawnSync(process.execPath, [orrery, ...args], options).stdout;
    cpSync(folder, join(root, 'runs', 'published'), { recursive: true });
    // Held-out episodes that neither the training nor the scorecard has seen.
    const data = join(root, 'data', 'fresh');
    run('generate', dataset, '--size', 'small', '--seed', '1', '--out', data, ...few);
    const { figures } = JSON.parse(
      run('evaluate', 'published', '--data', data, '--set', 'shifts=false', '--set', 'keep=1', '--json'),
    ) as { figures: Figure[] };
    const pictures = figures.filter(({ name }) => name.startsWith('psnr/mean-10/'));
    expect(pictures.map(({ name }) => name)).toContain('psnr/mean-10/copy-last');
    expect(pictures.filter(({ holds }) => !holds)).toEqual([]);
  }, 120_000);
});

const few = ['episodes.train=1', 'episodes.test=12', 'episodes.shifted=1'].flatMap((setting) => [
  '--set',
  setting,
]);
