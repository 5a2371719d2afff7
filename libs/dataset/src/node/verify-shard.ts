/** Recomputes the checksums of the episodes in one shard of each array. */
import type { ArrayName } from '../arrays.ts';
import { openArray, readContext, ShardError, type ArrayReader } from '../zarr/reader.ts';
import { valuesChecksum } from './checksums.ts';
import { folderStore, gunzip } from './folder-store.ts';

/** What was found in an episode: the checksum of its part of an array, or why there is none. */
export interface FoundEpisode {
  readonly episode: number;
  readonly checksums: Partial<Record<ArrayName, string>>;
  readonly problems: readonly { readonly array: ArrayName; readonly problem: string }[];
}

/** What reads shards of the dataset in a folder; arrays whose metadata cannot be read are left out by the caller. */
export function shardVerifier(folder: string, arrays: readonly ArrayName[]) {
  const context = readContext(folderStore(folder), { gunzip, cacheBytes: 0 });
  let readers: Promise<ArrayReader[]> | undefined;

  async function verifyEpisode(episode: number): Promise<FoundEpisode> {
    readers ??= Promise.all(arrays.map((name) => openArray(context, name)));
    const checksums: Partial<Record<ArrayName, string>> = {};
    const problems: { array: ArrayName; problem: string }[] = [];
    for (const [i, reader] of (await readers).entries()) {
      const array = arrays[i]!;
      const [, ...rest] = reader.layout.shape;
      try {
        const values = await reader.read([episode, ...rest.map(() => 0)], [1, ...rest]);
        checksums[array] = valuesChecksum(values);
      } catch (error) {
        problems.push({
          array,
          problem: error instanceof ShardError ? error.problem : (error as Error).message,
        });
      }
    }
    return { episode, checksums, problems };
  }

  /** @param onEpisode called after each episode */
  return async function verifyEpisodes(first: number, end: number, onEpisode: () => void) {
    const found: FoundEpisode[] = [];
    for (let episode = first; episode < end; episode++) {
      found.push(await verifyEpisode(episode));
      onEpisode();
    }
    return found;
  };
}
