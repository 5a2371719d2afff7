/** `npm run datasheets` runs this too: writes the READMEs and charts of datasets/<table>/ from their results.json. */
import { readRecord, recordFiles, recordFolder } from './recorded.ts';
import { tables } from './registry.ts';
import { writeFiles } from './reproduce.ts';

for (const name of Object.keys(tables)) {
  const files = await recordFiles(await readRecord(name));
  await writeFiles(recordFolder(name), files);
  process.stdout.write(`datasets/${name}: ${Object.keys(files).join(', ')}\n`);
}
