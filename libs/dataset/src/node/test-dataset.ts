/** Small datasets for this room's tests. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrayNames } from '../arrays.ts';
import { datasetSpecSchema, type DatasetSpec } from '../manifest.ts';

/** Twelve episodes in six shards; 12 frames in two chunks of which the second is not full. */
export const testSpec: DatasetSpec = datasetSpecSchema.parse({
  name: 'test',
  scene: 'bounce',
  sceneConfig: { balls: 2 },
  frames: 13,
  episodes: { train: 9, test: 3 },
  width: 20,
  height: 16,
});

/** The arrays that it has. */
export const testArrays = arrayNames({ actuator: 0, pictures: testSpec.pictures });

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'orrery-dataset-'));

/** Relative paths of all files, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}

/** One checksum over the names and bytes of all files. */
export function folderChecksum(folder: string): string {
  const hash = createHash('sha256');
  for (const path of filesOf(folder))
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(folder, path)));
  return hash.digest('hex');
}
