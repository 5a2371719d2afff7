/** The trained models under `datasets/<name>/models/` of this checkout. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRun } from '@orrery/train';
import { format, resolveConfig } from 'prettier';
import { readScorecard } from '../scorecard/read.ts';
import { modelsPage } from './models-page.ts';

const datasets = fileURLToPath(new URL('../../../../datasets', import.meta.url));

export const modelsFolder = (dataset: string) => join(datasets, dataset, 'models');

/** Names of the published models by dataset. */
export async function publishedModels(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const dataset of await folders(datasets)) {
    const models = await folders(modelsFolder(dataset));
    if (models.length > 0) found[dataset] = models;
  }
  return found;
}

/** The page of a dataset's models, as it must stand in their folder. */
export async function publishedPage(dataset: string, models: readonly string[]): Promise<string> {
  const all = await Promise.all(
    models.map(async (name) => {
      const folder = join(modelsFolder(dataset), name);
      return { name, run: await loadRun(folder), scorecard: await readScorecard(folder) };
    }),
  );
  const options = await resolveConfig(fileURLToPath(import.meta.url));
  return format(modelsPage(dataset, all), { ...options, parser: 'markdown' });
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name)
    .sort();
}
