/** `npm run datasheets` runs this too: writes the READMEs and charts of datasets/<table>/ from their results.json. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, recordFiles, recordFolder } from './recorded.ts';
import { tables } from './registry.ts';
import { writeFiles } from './reproduce.ts';

for (const name of Object.keys(tables)) {
  // A new table has nothing to show yet.
  if (!existsSync(join(recordFolder(name), 'results.json'))) continue;
  const files = await recordFiles(await readRecord(name));
  await writeFiles(recordFolder(name), files);
  process.stdout.write(`datasets/${name}: ${Object.keys(files).join(', ')}\n`);
}
