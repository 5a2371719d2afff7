import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCheckpoint } from '@orrery/train';
import { describe, expect, test } from 'vitest';
import { readScorecard } from '../scorecard/read.ts';
import { modelsFolder, publishedModels, publishedPage } from './published.ts';

/** Bytes that a model's folder may add to every clone. */
const LARGEST_MODEL = 4_000_000;

const published = await publishedModels();
const each = Object.entries(published).flatMap(([dataset, models]) =>
  models.map((model) => ({ dataset, model })),
);

test.each(Object.entries(published))('the page of the models of %s is theirs', async (dataset, models) => {
  const page = await readFile(join(modelsFolder(dataset), 'README.md'), 'utf8');
  expect(page, 'stale; run "npm run datasheets"').toBe(await publishedPage(dataset, models));
});

describe.each(each)('$model of $dataset', ({ dataset, model }) => {
  const folder = join(modelsFolder(dataset), model);

  test('loads, is small, and its scorecard is of these weights', async () => {
    const [trained, scorecard] = [await loadCheckpoint(folder, 'best'), await readScorecard(folder)];
    expect(trained.run.family).toBe(scorecard.family);
    expect(trained.step).toBe(scorecard.checkpoint.step);
    expect(trained.run.dataset.checksum).toBe(scorecard.dataset.checksum);
    const files = await readdir(folder, { recursive: true });
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LARGEST_MODEL);
  });

  test('the bounds of its scorecard hold', async () => {
    const { figures } = await readScorecard(folder);
    const missed = figures.filter(({ holds }) => !holds).map(({ name }) => name);
    expect(missed).toEqual([]);
  });
});
