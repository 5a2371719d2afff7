import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followMetrics } from './metrics.ts';

test('followed, each line is read once, when it is whole; a file that is replaced or cut is read anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-metrics-'));
  try {
    const path = join(folder, 'metrics.jsonl');
    const { next } = followMetrics(folder);
    const steps = async () => (await next()).map(({ step }) => step);
    expect(await steps()).toEqual([]);
    await writeFile(path, '{"step": 1}\n{"step": 2}\n{"st');
    expect(await steps()).toEqual([1, 2]);
    expect(await steps()).toEqual([]);
    await appendFile(path, 'ep": 3, "note": "é"}\n');
    expect(await steps()).toEqual([3]);
    // As resuming does: whole, under another name, then renamed.
    await writeFile(join(folder, 'new'), '{"step": 1}\n{"step": 2}\n{"step": 4}\n{"step": 5}\n{"step": 6}\n');
    await rename(join(folder, 'new'), path);
    expect(await steps()).toEqual([1, 2, 4, 5, 6]);
    await writeFile(path, '{"step": 7}\n');
    expect(await steps()).toEqual([7]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
