/**
 * A dataset on its way, in a folder: what was begun there, which shards are made, and how it becomes whole.
 *
 * Order of files: `generation.json` (what is being made) first, then the shards of each array with a note behind them
 * in `progress/`, then `episodes.jsonl`, and last the group's `zarr.json`: whoever sees it sees a complete dataset.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Scene } from '@orrery/scene';
import { explainFileError, removePartialFiles, writeFileAtomic, writeJsonAtomic } from '@orrery/storage';
import { arrayLayout, arrayNames, arrayTable, arrayUnits, type ArrayName } from '../arrays.ts';
import { EPISODES_FILE } from '../episodes.ts';
import type { DatasetExtent } from '../extent.ts';
import { manifestSchema, type CameraModel, type Manifest } from '../manifest.ts';
import { parseManifest } from '../open.ts';
import { shardGrid, shardKey } from '../zarr/layout.ts';
import { datasetChecksums, fileChecksum, manifestChecksum } from './checksums.ts';
import { shardNotePath, shardNoteSchema, shardRange, type ShardNote } from './make-shard.ts';
import type { GenerationPlan, Identity } from './plan.ts';
import { createArray, writeGroup } from './zarr-writer.ts';

const GENERATION_FILE = 'generation.json';

/**
 * What the folder holds: nothing, the beginning of this dataset, or all of it.
 * @throws where it holds anything else
 */
export async function inspectFolder(folder: string, wanted: Identity): Promise<'new' | 'begun' | Manifest> {
  const group = await readJsonFile(join(folder, 'zarr.json'));
  if (group !== undefined) {
    const manifest = parseManifest((group as { attributes?: unknown }).attributes, folder);
    refuseOther(folder, manifest, wanted);
    return manifest;
  }
  const begun = await readGeneration(folder);
  if (begun !== undefined) {
    refuseOther(folder, begun, wanted);
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

/** What is being made in a folder; undefined where nothing is. It is not checked. */
export async function readGeneration(folder: string): Promise<Identity | undefined> {
  return (await readJsonFile(join(folder, GENERATION_FILE))) as Identity | undefined;
}

/** @throws where `held` is another dataset than `wanted`, with what differs */
export function refuseOther(folder: string, held: Identity, wanted: Identity): void {
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

/** Writes what any shard may need to be there: what is being made, and the metadata of the arrays. */
export async function beginDataset(folder: string, plan: GenerationPlan): Promise<void> {
  if (!existsSync(join(folder, GENERATION_FILE)))
    await writeJsonAtomic(join(folder, GENERATION_FILE), plan.identity);
  for (const name of arrayNames(plan.extent)) {
    if (existsSync(join(folder, name, 'zarr.json'))) continue;
    const attributes = { unit: arrayTable[name].unit, description: arrayTable[name].description };
    await createArray(folder, name, { ...arrayLayout(name, plan.extent), attributes });
  }
}

/** The files beside shards whose checksums the manifest holds, relative to the dataset's folder. */
export const metadataFiles = (arrays: readonly ArrayName[]): string[] => [
  EPISODES_FILE,
  ...arrays.map((name) => `${name}/zarr.json`),
];

/** The file of a shard of an array, relative to the dataset's folder. */
export function shardFile(name: ArrayName, extent: DatasetExtent, shard: number): string {
  const index = shardGrid(arrayLayout(name, extent)).map((_, axis) => (axis === 0 ? shard : 0));
  return join(name, shardKey(index));
}

/** The note of a shard whose files are whole, else undefined. */
export async function readNote(
  folder: string,
  plan: GenerationPlan,
  shard: number,
): Promise<ShardNote | undefined> {
  const note = shardNoteSchema.safeParse(
    await readJsonFile(shardNotePath(folder, shard)).catch(() => undefined),
  );
  const [first, end] = shardRange(plan, shard);
  if (!note.success || note.data.shard !== shard || note.data.episodes.length !== end - first)
    return undefined;
  const whole = await Promise.all(
    arrayNames(plan.extent).map(async (name) => {
      const file = await stat(join(folder, shardFile(name, plan.extent, shard))).catch(() => undefined);
      return file !== undefined && file.size === note.data.files[name]?.bytes;
    }),
  );
  return whole.every(Boolean) ? note.data : undefined;
}

/** Those of `shards` that are not made yet. */
export async function missingShards(
  folder: string,
  plan: GenerationPlan,
  shards: readonly number[],
): Promise<number[]> {
  const missing: number[] = [];
  for (const shard of shards) if ((await readNote(folder, plan, shard)) === undefined) missing.push(shard);
  return missing;
}

/**
 * Makes the dataset whole, when all shards are there. Memory does not grow with the dataset.
 * @throws where a shard is missing
 */
export async function finishDataset(folder: string, plan: GenerationPlan): Promise<Manifest> {
  const arrays = arrayNames(plan.extent);
  const checksums = datasetChecksums(arrays);
  const cameras = new Map<string, CameraModel>();
  const differing = new Set<number>();
  async function* lines() {
    for (let shard = 0; shard < plan.shards; shard++) {
      const note = await readNote(folder, plan, shard);
      if (note === undefined)
        throw new Error(
          `dataset "${folder}": shard ${shard} has vanished while others were made; run it again`,
        );
      for (const record of note.episodes) {
        yield JSON.stringify(record) + '\n';
        checksums.add(record.sha256);
        if (cameras.size < 2) cameras.set(JSON.stringify(record.camera), record.camera);
        (record.scene as Scene).actuators.forEach(({ limit }, i) => {
          if (limit !== plan.about.actions[i]!.limit) differing.add(i);
        });
      }
    }
  }
  await writeFileAtomic(join(folder, EPISODES_FILE), lines());
  const files: Record<string, string> = {};
  for (const file of metadataFiles(arrays)) files[file] = (await fileChecksum(join(folder, file)))!;
  const draft = manifestSchema.parse({
    ...plan.identity,
    ...plan.about,
    actions: plan.about.actions.map((action, i) => (differing.has(i) ? { ...action, limit: null } : action)),
    units: arrayUnits(arrays),
    camera: cameras.size === 1 ? [...cameras.values()][0]! : null,
    checksums: { ...checksums.finish(), files, manifest: '' },
  } satisfies Manifest);
  const manifest = { ...draft, checksums: { ...draft.checksums, manifest: manifestChecksum(draft) } };
  await writeGroup(folder, '', manifest);
  await removeProgress(folder);
  return manifest;
}

/** Removes what only unfinished datasets have. */
export async function removeProgress(folder: string): Promise<void> {
  await rm(join(folder, 'progress'), { recursive: true, force: true });
  await rm(join(folder, GENERATION_FILE), { force: true });
}

/** Removes what interrupted writes have left, of some shards only where others may be at work on the rest. */
export async function removePartials(folder: string, plan: GenerationPlan, shards?: readonly number[]) {
  if (shards !== undefined) {
    for (const shard of shards)
      for (const name of arrayNames(plan.extent))
        await removePartialFiles(dirname(join(folder, shardFile(name, plan.extent, shard))));
    return;
  }
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
