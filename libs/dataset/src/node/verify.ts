/** Reads a whole dataset and compares it with its checksums. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { manifestArrays } from '../arrays.ts';
import { EPISODES_FILE } from '../episodes.ts';
import type { Manifest } from '../manifest.ts';
import { openArray, readContext, ShardError } from '../zarr/reader.ts';
import { checkedNames, combineChecksums, sceneChecksum, valuesChecksum } from './checksums.ts';
import { folderStore, openFolder } from './folder-store.ts';

export interface VerifyProblem {
  /** The array, or "scene" for the scenes in episodes.jsonl. */
  readonly array: string;
  /** Undefined where it concerns the array as a whole. */
  readonly episode: number | undefined;
  readonly problem: string;
}

export interface VerifyReport {
  readonly manifest: Manifest;
  /** Empty where the dataset is what its manifest says. */
  readonly problems: readonly VerifyProblem[];
}

export interface VerifyOptions {
  /** Called with the number of episodes done. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Recomputes every checksum.
 * @throws where there is no dataset to verify
 */
export async function verifyDataset(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { manifest, episodes: total } = await openFolder(folder, { cacheBytes: 0 });
  const context = readContext(folderStore(folder), { gunzip: gunzipSync, cacheBytes: 0 });
  const problems: VerifyProblem[] = [];
  const arrays = manifestArrays(manifest);
  const checked = checkedNames(arrays);
  const lines = await readLines(join(folder, EPISODES_FILE));
  const readers = await Promise.all(
    arrays.map((name) =>
      openArray(context, name).catch((error: Error) => {
        problems.push({ array: name, episode: undefined, problem: error.message });
        return undefined;
      }),
    ),
  );

  const computed: Record<string, string>[] = [];
  for (let episode = 0; episode < total; episode++) {
    options.signal?.throwIfAborted();
    const line = parseLine(lines[episode]);
    const checksums: Record<string, string> = {};
    if (line?.episode !== episode)
      problems.push({
        array: 'scene',
        episode,
        problem: `its line in ${EPISODES_FILE} is missing or damaged`,
      });
    else checksums['scene'] = sceneChecksum(line.scene);
    for (const reader of readers) {
      if (reader === undefined) continue;
      const [, ...rest] = reader.layout.shape as [number, ...number[]];
      try {
        const values = await reader.read([episode, ...rest.map(() => 0)], [1, ...rest]);
        checksums[reader.name] = valuesChecksum(values);
      } catch (error) {
        const problem = error instanceof ShardError ? `its shard ${error.problem}` : (error as Error).message;
        problems.push({ array: reader.name, episode, problem });
      }
    }
    for (const [name, checksum] of Object.entries(checksums))
      if (line?.episode === episode && line.sha256[name] !== checksum)
        problems.push({ array: name, episode, problem: `its checksum is not the one in ${EPISODES_FILE}` });
    computed.push(checksums);
    options.onProgress?.({ done: episode + 1, total });
  }

  // Content and its own checksum may have been changed together: the manifest has the last word.
  for (const name of checked) {
    if (problems.some(({ array }) => array === name)) continue;
    const checksum = combineChecksums(computed.map((checksums) => checksums[name]!));
    if (checksum !== manifest.checksums.arrays[name])
      problems.push({
        array: name,
        episode: undefined,
        problem: 'its checksum is not the one in the manifest',
      });
  }
  const { arrays: stored, dataset } = manifest.checksums;
  if (dataset !== combineChecksums(checked.map((name) => stored[name] ?? '')))
    problems.push({
      array: 'dataset',
      episode: undefined,
      problem: 'the checksums in the manifest do not agree',
    });
  return { manifest, problems };
}

async function readLines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n');
}

function parseLine(
  text: string | undefined,
): { episode: number; scene: unknown; sha256: Record<string, string> } | undefined {
  try {
    const line = JSON.parse(text ?? '');
    return typeof line?.sha256 === 'object' ? line : undefined;
  } catch {
    return undefined;
  }
}
