/**
 * Makes a dataset in a folder, or a piece of one, with worker threads, shard by shard. Work that was interrupted goes
 * on behind the last shard that was made.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { lockFolder } from '@orrery/storage';
import { datasetSpecSchema, type DatasetSpec, type Manifest } from '../manifest.ts';
import { episodeCount } from '../splits.ts';
import { shardNotePath } from './make-shard.ts';
import { episodesOf, pieceShards, type Piece } from './pieces.ts';
import { checkEpisodes, identityOf, planGeneration, type GenerationPlan, type Identity } from './plan.ts';
import { runJobs } from './pool.ts';
import { checkSpace, estimateEpisodeBytes } from './space.ts';
import {
  beginDataset,
  finishDataset,
  inspectFolder,
  missingShards,
  removePartials,
  removeProgress,
} from './unfinished.ts';

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

const WORKER = new URL('./shard-worker.ts', import.meta.url);

/**
 * Makes, continues or finds a dataset.
 * @returns its manifest; at once where the folder holds this dataset already
 * @throws where the folder holds something else or another process works in it, where the disk is too small or fails,
 * where a scene is impossible or explodes; the signal's reason where it was aborted. Finished shards are kept.
 */
export async function generateDataset(options: GenerateOptions): Promise<Manifest> {
  const { folder, onProgress = () => {} } = options;
  const identity = identityOf({ ...options, spec: datasetSpecSchema.parse(options.spec) });
  const found = await inspectFolder(folder, identity);
  if (typeof found === 'object') return foundComplete(folder, found, onProgress);
  const { plan, shards } = await prepare(options, identity, found, { index: 0, of: 1 });
  const unlock = await lockFolder(folder);
  try {
    await beginDataset(folder, plan);
    if (found === 'begun') await removePartials(folder, plan);
    await makeShards(options, plan, shards);
    return await finishDataset(folder, plan);
  } finally {
    await unlock();
  }
}

/**
 * Makes or continues one piece of a dataset, in a folder of its own or in one that it shares with other pieces, which
 * may be at work there at the same time. `assembleDataset` puts pieces together.
 * @returns the numbers of its shards and of its episodes; 0 where there are more pieces than shards
 * @throws as `generateDataset` does
 */
export async function generatePiece(
  options: GenerateOptions & { readonly piece: Piece },
): Promise<{ readonly shards: number; readonly episodes: number }> {
  const { folder, piece, onProgress = () => {} } = options;
  const identity = identityOf({ ...options, spec: datasetSpecSchema.parse(options.spec) });
  const found = await inspectFolder(folder, identity);
  const { plan, shards } = await prepare(options, identity, found, piece);
  const episodes = episodesOf(plan, shards);
  if (typeof found === 'object') onProgress({ done: episodes, total: episodes });
  else {
    const unlock = await lockFolder(folder, { name: `piece-${piece.index}-of-${piece.of}` });
    try {
      await beginDataset(folder, plan);
      await removePartials(folder, plan, shards);
      await makeShards(options, plan, shards);
    } finally {
      await unlock();
    }
  }
  return { shards: shards.length, episodes };
}

async function foundComplete(
  folder: string,
  manifest: Manifest,
  onProgress: (progress: { done: number; total: number }) => void,
): Promise<Manifest> {
  await removeProgress(folder);
  const total = episodeCount(manifest.splits);
  onProgress({ done: total, total });
  return manifest;
}

/** Plans a piece and refuses what cannot work, before anything is written. */
async function prepare(
  { folder, signal }: GenerateOptions,
  identity: Identity,
  found: 'new' | 'begun' | Manifest,
  piece: Piece,
) {
  const plan = await planGeneration(identity, signal);
  const shards = pieceShards(plan.shards, piece);
  if (typeof found === 'object') return { plan, shards };
  const open = found === 'new' ? shards : shards.filter((shard) => !existsSync(shardNotePath(folder, shard)));
  if (open.length > 0) await checkSpace(folder, episodesOf(plan, open) * estimateEpisodeBytes(plan));
  await checkEpisodes(plan, open, signal);
  return { plan, shards };
}

async function makeShards(
  { folder, workers, signal, onProgress = () => {} }: GenerateOptions,
  plan: GenerationPlan,
  shards: readonly number[],
): Promise<void> {
  const jobs = await missingShards(folder, plan, shards);
  const total = episodesOf(plan, shards);
  let done = total - episodesOf(plan, jobs);
  onProgress({ done, total });
  await runJobs({
    script: WORKER,
    workerData: { plan, folder },
    jobs,
    workers: workers ?? availableParallelism(),
    onProgress: () => onProgress({ done: ++done, total }),
    signal,
  });
  signal?.throwIfAborted();
}
