/** `npm run datasheets [-- <name> ...]`: writes what each dataset's folder holds besides its spec and its text, and the overview. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset } from '@orrery/dataset/node';
import { datasets } from '../index.ts';
import { datasheetFiles, pretty } from './datasheet.ts';
import { withOverview } from './overview.ts';

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(datasets)) {
  const definition = datasets[name];
  if (definition === undefined)
    throw new Error(`dataset "${name}": there is none; known: ${Object.keys(datasets).join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), `orrery-${name}-`));
  const spec = datasetSpecSchema.parse(definition.sizes['tiny']);
  await generateDataset({ spec, size: 'tiny', seed: 0, folder });
  const place = (file: string) => new URL(`../${name}/${file}`, import.meta.url);
  const files = await datasheetFiles(definition, folder, await readFile(place('README.md'), 'utf8'));
  for (const [file, content] of Object.entries(files)) await writeFile(place(file), content);
  await rm(folder, { recursive: true });
  process.stdout.write(`datasets/${name}: ${Object.keys(files).join(', ')}\n`);
}

const overview = new URL('../README.md', import.meta.url);
const text = withOverview(await readFile(overview, 'utf8'), Object.values(datasets));
await writeFile(overview, await pretty(text, 'markdown'));
