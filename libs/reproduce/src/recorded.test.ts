import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRecord, recordFiles, recordFolder } from './recorded.ts';
import { tables } from './registry.ts';

test.each(Object.keys(tables))('datasets/%s/README.md has a place for results', async (name) => {
  const readme = await readFile(join(recordFolder(name), 'README.md'), 'utf8');
  expect(readme).toMatch(/<!-- results: written by "npm run datasheets" -->[^]*<!-- \/results -->/);
});

const recorded = Object.keys(tables).filter((name) => existsSync(join(recordFolder(name), 'results.json')));

describe.each(recorded)('the record of %s', (name) => {
  test('README and charts are those of its results', async () => {
    const results = await readRecord(name);
    expect(results.table).toBe(name);
    expect(results.source).toBe(tables[name].source);
    for (const [file, content] of Object.entries(await recordFiles(results)))
      expect(
        content === (await readFile(join(recordFolder(name), file), 'utf8')),
        `datasets/${name}/${file} is stale; run "npm run datasheets"`,
      ).toBe(true);
  });

  test('has at least three seeds, each in every row that is trained, by a revision without changes', async () => {
    const { seeds, rows, revision, sanity } = await readRecord(name);
    expect(new Set(seeds).size).toBeGreaterThanOrEqual(3);
    for (const { parameters, cells } of rows)
      for (const { values, published } of Object.values(cells)) {
        // A row that others have published and that is not trained here.
        if (parameters === undefined && values.length === 0) expect(published).toBeDefined();
        else expect(values).toHaveLength(parameters === undefined ? 1 : seeds.length);
      }
    expect(revision).toMatch(/^[0-9a-f]{12}$/);
    expect(sanity.every(({ holds }) => holds)).toBe(true);
  });
});
