/** `npm run datasheets` runs this too: writes the pages of the models that are published with a dataset. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelsFolder, publishedModels, publishedPage } from './published.ts';

for (const [dataset, models] of Object.entries(await publishedModels())) {
  await writeFile(join(modelsFolder(dataset), 'README.md'), await publishedPage(dataset, models));
  process.stdout.write(`datasets/${dataset}/models: README.md\n`);
}
