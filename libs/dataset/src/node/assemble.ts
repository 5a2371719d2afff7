/** Puts pieces of a dataset together: the files are those that one run would have made. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lockFolder, writeFileAtomic, writeJsonAtomic } from '@orrery/storage';
import { arrayNames } from '../arrays.ts';
import { datasetSpecSchema, type Manifest } from '../manifest.ts';
import { sha256 } from './checksums.ts';
import { shardNotePath, shardRange, type ShardNote } from './make-shard.ts';
import { GENERATOR, identityOf, planGeneration, type GenerationPlan, type Identity } from './plan.ts';
import { checkSpace } from './space.ts';
import {
  beginDataset,
  finishDataset,
  inspectFolder,
  readGeneration,
  readNote,
  refuseOther,
  removePartials,
  removeProgress,
  shardFile,
} from './unfinished.ts';

export interface AssembleOptions {
  /** Each holds one piece or more, as `generatePiece` made them. They are left as they are. */
  readonly folders: readonly string[];
  /** Where the dataset goes; it may be one of the folders. */
  readonly out: string;
  /** Called with the number of shards that are in place. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Assembles a dataset from its pieces; interrupted work continues.
 * @throws where pieces are of different datasets, where one is missing, damaged or there twice, where the disk is too
 * small or fails
 */
export async function assembleDataset(options: AssembleOptions): Promise<Manifest> {
  const { out, onProgress = () => {}, signal } = options;
  const folders = [...new Set(options.folders.map((folder) => resolve(folder)))];
  const identity = await commonIdentity(folders);
  const found = await inspectFolder(out, identity);
  if (typeof found === 'object') {
    await removeProgress(out);
    return found;
  }
  const plan = await planGeneration(identity, signal);
  const sources = await findShards(folders, plan);
  const open: number[] = [];
  let bytes = 0;
  for (const [shard, folder] of sources.entries()) {
    if (folder === resolve(out) || (await readNote(out, plan, shard)) !== undefined) continue;
    open.push(shard);
    const note = await readNote(folder, plan, shard);
    bytes += Object.values(note?.files ?? {}).reduce((sum, file) => sum + file.bytes, 0);
  }
  await checkSpace(out, bytes);

  const unlock = await lockFolder(out);
  try {
    await beginDataset(out, plan);
    if (found === 'begun') await removePartials(out, plan);
    let done = plan.shards - open.length;
    onProgress({ done, total: plan.shards });
    for (const shard of open) {
      signal?.throwIfAborted();
      await copyShard(sources[shard]!, out, plan, shard);
      onProgress({ done: ++done, total: plan.shards });
    }
    return await finishDataset(out, plan);
  } finally {
    await unlock();
  }
}

/** @throws where a folder holds no piece, or pieces are of different datasets or of another generator */
async function commonIdentity(folders: readonly string[]): Promise<Identity> {
  let common: Identity | undefined;
  for (const folder of folders) {
    const held = await readGeneration(folder);
    if (held === undefined)
      throw new Error(
        existsSync(join(folder, 'zarr.json'))
          ? `folder "${folder}": holds a whole dataset, not a piece; leave it out`
          : `folder "${folder}": holds no piece of a dataset; make it with "orrery generate <dataset> --shard i/n --out <folder>"`,
      );
    const spec = datasetSpecSchema.safeParse(held.spec);
    const ours = spec.success ? identityOf({ ...held, spec: spec.data }) : { ...held, generator: GENERATOR };
    refuseOther(folder, held, common ?? ours);
    if (!spec.success)
      throw new Error(`folder "${folder}": its generation.json is damaged; make the piece again`);
    common ??= ours;
  }
  if (common === undefined) throw new Error('no pieces are given; name the folders that hold them');
  return common;
}

/** The folder that holds each shard. @throws where a shard is in none, damaged, or in two */
async function findShards(folders: readonly string[], plan: GenerationPlan): Promise<string[]> {
  const sources: string[] = [];
  const missing: number[] = [];
  for (let shard = 0; shard < plan.shards; shard++) {
    const holders: string[] = [];
    for (const folder of folders) {
      if ((await readNote(folder, plan, shard)) !== undefined) holders.push(folder);
      else if (existsSync(shardNotePath(folder, shard)))
        throw new Error(
          `folder "${folder}": shard ${shard} (${episodesText(plan, [shard])}) is damaged: its files are not those that its note names; make the piece again`,
        );
    }
    if (holders.length > 1)
      throw new Error(
        `shard ${shard} (${episodesText(plan, [shard])}) is in two pieces, "${holders[0]}" and "${holders[1]}"; leave one of them out`,
      );
    if (holders.length === 0) missing.push(shard);
    else sources[shard] = holders[0]!;
  }
  if (missing.length > 0)
    throw new Error(
      `dataset "${plan.identity.spec.name}": ${missing.length} of ${plan.shards} shards (${episodesText(plan, missing)}) are in none of the ${folders.length} folders; make the missing pieces with "orrery generate --shard i/n", or name their folders`,
    );
  return sources;
}

/** "episodes 0 to 7, 16 to 23" */
function episodesText(plan: GenerationPlan, shards: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const shard of shards) {
    const [first, end] = shardRange(plan, shard);
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === first) last[1] = end;
    else ranges.push([first, end]);
  }
  return `episodes ${ranges.map(([first, end]) => `${first} to ${end - 1}`).join(', ')}`;
}

async function copyShard(from: string, to: string, plan: GenerationPlan, shard: number): Promise<void> {
  const note = (await readNote(from, plan, shard)) as ShardNote;
  for (const name of arrayNames(plan.extent)) {
    const file = shardFile(name, plan.extent, shard);
    const bytes = await readFile(join(from, file));
    if (sha256(bytes) !== note.files[name]!.sha256)
      throw new Error(
        `folder "${from}": ${file} (${episodesText(plan, [shard])}) is damaged: its checksum is not that of its note; make the piece again`,
      );
    await writeFileAtomic(join(to, file), bytes);
  }
  await writeJsonAtomic(shardNotePath(to, shard), note);
}
