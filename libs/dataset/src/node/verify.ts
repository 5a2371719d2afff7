/** Reads a whole dataset, on all cores, and compares it with its checksums. */
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { manifestArrays, type ArrayName } from '../arrays.ts';
import { EPISODES_FILE } from '../episodes.ts';
import type { Manifest } from '../manifest.ts';
import { episodeCount, placeOf } from '../splits.ts';
import { shardGrid, shardKey, type ArrayLayout } from '../zarr/layout.ts';
import { openArray, readContext } from '../zarr/reader.ts';
import {
  checkedNames,
  combineChecksums,
  datasetChecksums,
  fileChecksum,
  manifestChecksum,
  sceneChecksum,
} from './checksums.ts';
import { folderStore, openFolder } from './folder-store.ts';
import { runJobs } from './pool.ts';
import { metadataFiles } from './unfinished.ts';
import { shardVerifier, type FoundEpisode } from './verify-shard.ts';

export interface VerifyProblem {
  /** The file, relative to the dataset's folder. */
  readonly file: string;
  /** The array that the file belongs to. */
  readonly array?: ArrayName | undefined;
  /** Undefined where the problem is not that of one episode. */
  readonly episode?: number | undefined;
  /** Goes on behind the file's name: "is missing". */
  readonly problem: string;
}

export interface VerifyReport {
  readonly manifest: Manifest;
  /** Empty where the dataset is what its manifest says. */
  readonly problems: readonly VerifyProblem[];
}

export interface VerifyOptions {
  /** Worker threads; one a core unless given, none for 1. */
  readonly workers?: number | undefined;
  /** Called with the number of episodes done. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const WORKER = new URL('./verify-worker.ts', import.meta.url);
const GROUP_FILE = 'zarr.json';

/**
 * Recomputes every checksum, and looks for files that are missing or do not belong there. Memory does not grow with
 * the dataset.
 * @throws where there is no dataset to verify
 */
export async function verifyDataset(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { manifest } = await openFolder(folder, { cacheBytes: 0 });
  const arrays = manifestArrays(manifest);
  const problems: VerifyProblem[] = [];
  problems.push(...(await verifyGroup(folder, manifest)));
  for (const file of metadataFiles(arrays)) {
    const checksum = await fileChecksum(join(folder, file));
    const array = arrays.find((name) => file === `${name}/${GROUP_FILE}`);
    if (checksum === undefined) problems.push({ file, array, problem: 'is missing' });
    else if (checksum !== manifest.checksums.files[file])
      problems.push({ file, array, problem: 'is not as it was written' });
  }
  const layouts = await readLayouts(folder, arrays, problems);
  problems.push(...(await verifyEpisodes(folder, manifest, layouts, options)));
  problems.push(...(await findExtraFiles(folder, arrays, layouts)));
  return { manifest, problems };
}

/** The group's own metadata: the manifest, and what is around it. */
async function verifyGroup(folder: string, manifest: Manifest): Promise<VerifyProblem[]> {
  const text = await readFile(join(folder, GROUP_FILE), 'utf8');
  const json = JSON.parse(text) as { attributes: { checksums: unknown } };
  const { checksums } = manifest;
  const canonical = { zarr_format: 3, node_type: 'group', attributes: json.attributes };
  const names = checkedNames(manifestArrays(manifest));
  const agrees =
    text === JSON.stringify(canonical, null, 2) + '\n' &&
    manifestChecksum(json.attributes) === checksums.manifest &&
    checksums.dataset === combineChecksums(names.map((name) => checksums.arrays[name] ?? ''));
  return agrees ? [] : [{ file: GROUP_FILE, problem: 'does not agree with the checksums in it' }];
}

async function readLayouts(folder: string, arrays: readonly ArrayName[], problems: VerifyProblem[]) {
  const context = readContext(folderStore(folder), { cacheBytes: 0 });
  const layouts = new Map<ArrayName, ArrayLayout>();
  for (const array of arrays) {
    const file = `${array}/${GROUP_FILE}`;
    const reader = await openArray(context, array).catch(() => undefined);
    if (reader !== undefined) layouts.set(array, reader.layout);
    else if (!problems.some((problem) => problem.file === file))
      problems.push({ file, array, problem: 'cannot be read' });
  }
  return layouts;
}

/** Reads all episodes, in shards that may come in any order, and compares them with their lines, which come in theirs. */
async function verifyEpisodes(
  folder: string,
  manifest: Manifest,
  layouts: ReadonlyMap<ArrayName, ArrayLayout>,
  { workers = availableParallelism(), onProgress = () => {}, signal }: VerifyOptions,
): Promise<VerifyProblem[]> {
  const arrays = [...layouts.keys()];
  const episodes = episodeCount(manifest.splits);
  const shardEpisodes = Math.max(
    1,
    Math.min(episodes, ...[...layouts.values()].map(({ shard }) => shard[0]!)),
  );
  const jobs = Array.from({ length: Math.ceil(episodes / shardEpisodes) }, (_, shard) => shard);
  const comparison = compareLines(folder, manifest, layouts);
  let done = 0;
  const progress = () => onProgress({ done: ++done, total: episodes });

  const ready = new Map<number, readonly FoundEpisode[]>();
  let next = 0;
  let compared = Promise.resolve();
  const onDone = (shard: number, found: unknown) => {
    ready.set(shard, found as FoundEpisode[]);
    compared = compared.then(async () => {
      for (let shard = ready.get(next); shard !== undefined; shard = ready.get(next)) {
        ready.delete(next++);
        for (const episode of shard) await comparison.add(episode);
      }
    });
  };
  if (workers === 1) {
    const verifyShard = shardVerifier(folder, arrays);
    for (const shard of jobs) {
      signal?.throwIfAborted();
      const end = Math.min((shard + 1) * shardEpisodes, episodes);
      onDone(shard, await verifyShard(shard * shardEpisodes, end, progress));
    }
  } else {
    const workerData = { folder, arrays, shardEpisodes, episodes };
    await runJobs({ script: WORKER, workerData, jobs, workers, onProgress: progress, onDone, signal });
    signal?.throwIfAborted();
  }
  await compared;
  return comparison.finish();
}

/** Compares what was found in the episodes, given in their order, with the lines of episodes.jsonl. */
function compareLines(folder: string, manifest: Manifest, layouts: ReadonlyMap<ArrayName, ArrayLayout>) {
  const input = createReadStream(join(folder, EPISODES_FILE));
  input.on('error', () => {}); // a missing file is a problem of its own
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const names = checkedNames(manifestArrays(manifest));
  const combined = datasetChecksums(manifestArrays(manifest));
  const problems: VerifyProblem[] = [];
  const damaged = new Set<string>();
  const fileOf = (array: ArrayName, episode: number) => {
    const layout = layouts.get(array)!;
    const shard = Math.floor(episode / layout.shard[0]!);
    return `${array}/${shardKey(shardGrid(layout).map((_, axis) => (axis === 0 ? shard : 0)))}`;
  };
  return {
    async add({ episode, checksums, problems: found }: FoundEpisode): Promise<void> {
      for (const { array, problem } of found)
        problems.push({ file: fileOf(array, episode), array, episode, problem });
      const text = await lines.next().catch(() => undefined);
      const line = parseLine(text?.value, episode, manifest);
      if (line === undefined) {
        problems.push({ file: EPISODES_FILE, episode, problem: 'lacks its line, or the line is damaged' });
        for (const name of names) damaged.add(name);
        return;
      }
      for (const [array, checksum] of Object.entries(checksums) as [ArrayName, string][])
        if (line.sha256[array] !== checksum)
          problems.push({
            ...{ file: fileOf(array, episode), array, episode },
            problem: `does not hold what ${EPISODES_FILE} has the checksum of`,
          });
      if (sceneChecksum(line.scene) !== line.sha256['scene'])
        problems.push({
          file: EPISODES_FILE,
          episode,
          problem: 'has another scene than it has the checksum of',
        });
      if (damaged.size === 0) combined.add(line.sha256);
    },
    /** Content and its own checksum may have been changed together: the manifest has the last word. */
    async finish(): Promise<VerifyProblem[]> {
      input.destroy();
      if (damaged.size > 0) return problems;
      const { arrays } = combined.finish();
      for (const name of names)
        if (arrays[name] !== manifest.checksums.arrays[name])
          problems.push({
            file: EPISODES_FILE,
            array: name === 'scene' ? undefined : (name as ArrayName),
            problem: `has other checksums of ${name === 'scene' ? 'scenes' : `"${name}"`} than the manifest`,
          });
      return problems;
    },
  };
}

/** What a line says, where it is that of the episode; undefined where it is damaged. */
function parseLine(text: string | undefined, episode: number, manifest: Manifest) {
  try {
    const line = JSON.parse(text ?? '') as { scene: unknown; sha256: Record<string, string> };
    const { keyEpisode: _, ...place } = placeOf(manifest.splits, episode);
    const same = Object.entries(place).every(([name, value]) => (line as never)[name] === value);
    const checked = checkedNames(manifestArrays(manifest)).every((name) =>
      /^[0-9a-f]{64}$/.test(line.sha256[name] ?? ''),
    );
    return same && checked ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Files that are no part of the dataset. Those that are missing are found where they are read. */
async function findExtraFiles(
  folder: string,
  arrays: readonly ArrayName[],
  layouts: ReadonlyMap<ArrayName, ArrayLayout>,
): Promise<VerifyProblem[]> {
  const metadata = new Set([GROUP_FILE, ...metadataFiles(arrays)]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((file) => !metadata.has(file) && !isShard(file, arrays, layouts))
    .sort()
    .map((file) => ({ file, problem: 'is no part of the dataset' }));
}

function isShard(
  file: string,
  arrays: readonly ArrayName[],
  layouts: ReadonlyMap<ArrayName, ArrayLayout>,
): boolean {
  const [array, c, ...index] = file.split('/');
  const layout = layouts.get(array as ArrayName);
  if (c !== 'c' || !arrays.includes(array as ArrayName)) return false;
  if (layout === undefined) return true; // its metadata is lost, which is a problem of its own
  const grid = shardGrid(layout);
  return (
    index.length === grid.length &&
    index.every((text, axis) => /^(0|[1-9]\d*)$/.test(text) && Number(text) < grid[axis]!)
  );
}
