/**
 * Makes a dataset in a folder, with worker threads, shard by shard.
 *
 * Order of files: `generation.json` (what is being made) first, then the shards of each array with a note behind them
 * in `progress/`, then `episodes.jsonl`, and last the group's `zarr.json`: whoever sees it sees a complete dataset.
 * Work that was interrupted goes on behind the last note.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import {
  explainFileError,
  lockFolder,
  removePartialFiles,
  writeFileAtomic,
  writeJsonAtomic,
} from '@orrery/storage';
import { arrayLayout, arrayNames, arrayTable, arrayUnits } from '../arrays.ts';
import { EPISODES_FILE } from '../episodes.ts';
import {
  datasetSpecSchema,
  manifestSchema,
  type CameraModel,
  type DatasetSpec,
  type Manifest,
} from '../manifest.ts';
import { parseManifest } from '../open.ts';
import { episodeCount } from '../splits.ts';
import { shardGrid, shardKey } from '../zarr/layout.ts';
import { datasetChecksums } from './checksums.ts';
import { episodeSource } from './draw.ts';
import { shardNotePath, shardNoteSchema, shardRange, type ShardNote } from './make-shard.ts';
import { identityOf, planGeneration, type GenerationPlan, type Identity } from './plan.ts';
import { runJobs } from './pool.ts';
import { createArray, writeGroup } from './zarr-writer.ts';

export interface GenerateOptions {
  readonly spec: DatasetSpec;
  /** The name of the spec's size, such as "small". */
  readonly size: string;
  readonly seed: number;
  readonly folder: string;
  /** Worker threads; one a core unless given. The data do not depend on it. */
  readonly workers?: number | undefined;
  /** Called with the number of episodes done, those of an interrupted run included. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  /** Stops after the shards in work. */
  readonly signal?: AbortSignal | undefined;
}

const GENERATION_FILE = 'generation.json';
const WORKER = new URL('./shard-worker.ts', import.meta.url);

/**
 * Makes, continues or finds a dataset.
 * @returns its manifest; at once where the folder holds this dataset already
 * @throws where the folder holds something else, where a scene is impossible or explodes, where the disk fails; the
 * signal's reason where it was aborted. Finished shards are kept.
 */
export async function generateDataset(options: GenerateOptions): Promise<Manifest> {
  const { folder, onProgress = () => {}, signal } = options;
  const spec = datasetSpecSchema.parse(options.spec);
  const identity = identityOf({ ...options, spec });
  const found = await inspectFolder(folder, identity);
  const { splits } = episodeSource({ spec, seed: options.seed });
  const total = episodeCount(splits);
  if (typeof found === 'object') {
    await removeProgress(folder);
    onProgress({ done: total, total });
    return found;
  }

  const plan = await planGeneration(identity, signal);
  const unlock = await lockFolder(folder);
  try {
    if (found === 'new') await writeJsonAtomic(join(folder, GENERATION_FILE), identity);
    else await removePartials(folder);
    for (const name of arrayNames(plan.extent)) {
      const attributes = { unit: arrayTable[name].unit, description: arrayTable[name].description };
      await createArray(folder, name, { ...arrayLayout(name, plan.extent), attributes });
    }

    const notes = await Promise.all(
      Array.from({ length: plan.shards }, (_, shard) => readNote(folder, plan, shard)),
    );
    const jobs = notes.flatMap((note, shard) => (note === undefined ? [shard] : []));
    let done = notes.reduce((sum, note) => sum + (note?.episodes.length ?? 0), 0);
    onProgress({ done, total });
    await runJobs({
      script: WORKER,
      workerData: { plan, folder },
      jobs,
      workers: options.workers ?? availableParallelism(),
      onProgress: () => onProgress({ done: ++done, total }),
      signal,
    });
    signal?.throwIfAborted();
    return await finish(folder, plan);
  } finally {
    await unlock();
  }
}

/**
 * What the folder holds: nothing, the beginning of this dataset, or all of it.
 * @throws where it holds anything else
 */
async function inspectFolder(folder: string, wanted: Identity): Promise<'new' | 'begun' | Manifest> {
  const group = await readJsonFile(join(folder, 'zarr.json'));
  if (group !== undefined) {
    const manifest = parseManifest((group as { attributes?: unknown }).attributes, folder);
    refuseOther(folder, manifest, wanted);
    return manifest;
  }
  const begun = await readJsonFile(join(folder, GENERATION_FILE));
  if (begun !== undefined) {
    refuseOther(folder, begun as Identity, wanted);
    return 'begun';
  }
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw explainFileError(error, `cannot read ${folder}`);
  });
  const foreign = names.find((name) => !name.startsWith('.'));
  if (foreign === undefined) return 'new';
  throw new Error(
    `folder "${folder}": holds other files ("${foreign}") and no dataset; choose an empty or new folder with --out`,
  );
}

/** @throws where `held` is another dataset than `wanted`, with what differs */
function refuseOther(folder: string, held: Identity, wanted: Identity): void {
  const names = ['format', 'version', 'spec', 'size', 'seed', 'generator'] as const;
  const differences = names.flatMap((name) => differencesBetween(name, held[name], wanted[name]));
  if (differences.length === 0) return;
  throw new Error(
    `dataset "${folder}": it has ${differences.join(', ')}; choose another folder with --out, or delete this one`,
  );
}

/** "seed 0 instead of 1" for each value that differs. */
function differencesBetween(name: string, held: unknown, wanted: unknown): string[] {
  const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isRecord(held) && isRecord(wanted)) {
    const [a, b] = [held, wanted] as Record<string, unknown>[];
    const names = [...new Set([...Object.keys(a!), ...Object.keys(b!)])];
    return names.flatMap((key) => differencesBetween(`${name}.${key}`, a![key], b![key]));
  }
  const [a, b] = [JSON.stringify(held) ?? 'none', JSON.stringify(wanted) ?? 'none'];
  return a === b ? [] : [`${name} ${a} instead of ${b}`];
}

/** The note of a shard whose files are whole, else undefined. */
async function readNote(folder: string, plan: GenerationPlan, shard: number): Promise<ShardNote | undefined> {
  const note = shardNoteSchema.safeParse(
    await readJsonFile(shardNotePath(folder, shard)).catch(() => undefined),
  );
  const [first, end] = shardRange(plan, shard);
  if (!note.success || note.data.shard !== shard || note.data.episodes.length !== end - first)
    return undefined;
  const whole = await Promise.all(
    arrayNames(plan.extent).map(async (name) => {
      const index = shardGrid(arrayLayout(name, plan.extent)).map((_, axis) => (axis === 0 ? shard : 0));
      const file = await stat(join(folder, name, shardKey(index))).catch(() => undefined);
      return file?.size === note.data.bytes[name];
    }),
  );
  return whole.every(Boolean) ? note.data : undefined;
}

async function finish(folder: string, plan: GenerationPlan): Promise<Manifest> {
  const lines: string[] = [];
  const arrays = arrayNames(plan.extent);
  const checksums = datasetChecksums(arrays);
  const cameras = new Map<string, CameraModel>();
  for (let shard = 0; shard < plan.shards; shard++) {
    const note = await readNote(folder, plan, shard);
    if (note === undefined)
      throw new Error(
        `dataset "${folder}": shard ${shard} has vanished while others were made; run it again`,
      );
    for (const record of note.episodes) {
      lines.push(JSON.stringify(record) + '\n');
      checksums.add(record.sha256);
      if (cameras.size < 2) cameras.set(JSON.stringify(record.camera), record.camera);
    }
  }
  await writeFileAtomic(join(folder, EPISODES_FILE), lines.join(''));
  const manifest = manifestSchema.parse({
    ...plan.identity,
    ...plan.about,
    units: arrayUnits(arrays),
    camera: cameras.size === 1 ? [...cameras.values()][0]! : null,
    checksums: checksums.finish(),
  } satisfies Manifest);
  await writeGroup(folder, '', manifest);
  await removeProgress(folder);
  return manifest;
}

async function removeProgress(folder: string): Promise<void> {
  await rm(join(folder, 'progress'), { recursive: true, force: true });
  await rm(join(folder, GENERATION_FILE), { force: true });
}

async function removePartials(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  for (const place of new Set(entries.map((entry) => dirname(join(folder, entry)))))
    await removePartialFiles(place);
}

/** The JSON in a file, or undefined where there is no file. */
async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw explainFileError(error, `cannot read ${path}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path}: not JSON; delete the folder and run the command again`);
  }
}
