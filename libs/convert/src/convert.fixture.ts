/** A small dataset with actions, whose frames and episodes are told apart, and Python to read conversions with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema, type Dataset } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { runPython } from '@orrery/python';
import { afterAll } from 'vitest';

export function scratchFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'orrery-convert-'));
  afterAll(() => rmSync(root, { recursive: true }));
  return root;
}

export async function smallDataset(folder: string): Promise<Dataset> {
  const spec = datasetSpecSchema.parse({
    ...{ name: 'bounce', scene: 'bounce', frames: 9, width: 48, height: 32 },
    episodes: { train: 4, test: 2 },
  });
  await generateDataset({ spec, size: 'tiny', seed: 4, folder, workers: 1 });
  return openFolder(folder);
}

/** What a Python program prints. */
export async function askPython(
  python: string,
  root: string,
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const script = join(root, 'ask.py');
  writeFileSync(script, program);
  return runPython(python, script, args);
}
