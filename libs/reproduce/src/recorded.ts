/** The results that are committed under datasets/<table>/, and the README that shows them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { chartSvg } from './results/chart.ts';
import { resultsJson, withResults } from './results/readme.ts';
import { resultsSchema, type Results } from './results/schema.ts';

/** datasets/<table> of this checkout. */
export function recordFolder(table: string): string {
  return fileURLToPath(new URL(`../../../datasets/${table}`, import.meta.url));
}

/** @throws when nothing is recorded, or what is there is no results.json */
export async function readRecord(table: string): Promise<Results> {
  return resultsSchema.parse(JSON.parse(await readFile(join(recordFolder(table), 'results.json'), 'utf8')));
}

/** What a record's folder holds besides the README's own text: all of it follows from the results. */
export async function recordFiles(results: Results): Promise<Record<string, string>> {
  const readme = await readFile(join(recordFolder(results.table), 'README.md'), 'utf8');
  return {
    'results.json': await resultsJson(results),
    ...Object.fromEntries(results.charts.map((chart) => [`${chart.name}.svg`, chartSvg(chart)])),
    'README.md': await withResults(readme, results),
  };
}
