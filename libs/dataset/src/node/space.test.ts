import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { generateDataset } from './index.ts';
import { identityOf, planGeneration } from './plan.ts';
import { checkSpace, estimateEpisodeBytes, formatBytes } from './space.ts';
import { filesOf, temporaryFolder, testSpec } from './test-dataset.ts';

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

test('the estimate is what a dataset takes, give or take its margin', async () => {
  const spec = {
    ...testSpec,
    width: 64,
    height: 64,
    frames: 20,
    episodes: { ...testSpec.episodes, train: 5 },
  };
  const folder = join(root, 'made');
  await generateDataset({ spec, size: 'tiny', seed: 0, folder, workers: 1 });
  const bytes = filesOf(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const plan = await planGeneration(identityOf({ spec, size: 'tiny', seed: 0 }));
  const estimate = estimateEpisodeBytes(plan) * 8;
  expect(estimate / bytes).toBeGreaterThan(1);
  expect(estimate / bytes).toBeLessThan(1.5);
}, 30_000);

test('what does not fit is refused, and the folder need not exist', async () => {
  await checkSpace(join(root, 'a/b'), 1000);
  await expect(checkSpace(join(root, 'a/b'), 5e18)).rejects.toThrow(
    /a\/b": the dataset needs about 5000 PB and [\d.]+ \w+ are free; free some space/,
  );
});

test('bytes in words', () => {
  expect([0, 999, 1000, 1.5e9, 45_000_000].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '1.5 GB',
    '45 MB',
  ]);
});
