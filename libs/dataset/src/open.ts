/** Opens a dataset in any store (a folder, HTTP, memory) and reads clips of it. */
import type { Scene } from '@orrery/scene';
import type { AsyncReadable } from 'zarrita';
import { hasFrames, manifestArrays, type ArrayName, type ArrayValues } from './arrays.ts';
import { EPISODES_FILE, episodeRecordSchema, type EpisodeRecord } from './episodes.ts';
import { manifestSchema, type Manifest } from './manifest.ts';
import { episodeCount } from './splits.ts';
import { product } from './zarr/layout.ts';
import {
  DamagedJson,
  openArray,
  readContext,
  readJson,
  ShardError,
  type ArrayReader,
  type ReadOptions,
} from './zarr/reader.ts';

/** `length` frames of an episode from frame `start`. */
export interface Clip {
  readonly episode: number;
  readonly start: number;
  readonly length: number;
}

/**
 * Values by the names of their arrays, row-major: each [length, ...], and those of arrays without frames (`mass`, ...)
 * as the whole episode has them.
 */
export type ClipArrays<K extends ArrayName = ArrayName> = { [Name in K]: ArrayValues<Name> };

export interface Dataset {
  readonly manifest: Manifest;
  /** E */
  readonly episodes: number;
  /** T */
  readonly frames: number;
  /** The arrays it has. */
  readonly arrays: readonly ArrayName[];
  /** The shape of an array: [E, T, ...], or [E, ...] where it has no frames. */
  shape(array: ArrayName): Promise<readonly number[]>;
  /**
   * Reads a clip.
   * @param into arrays of the right length to fill, such as parts of a batch; new ones unless given
   * @throws RangeError for a clip outside the dataset; Error where a shard is missing or damaged
   */
  readClip<K extends ArrayName>(
    clip: Clip,
    arrays: readonly K[],
    into?: Partial<ClipArrays<K>>,
  ): Promise<ClipArrays<K>>;
  /** The line of an episode in episodes.jsonl. */
  readEpisode(episode: number): Promise<EpisodeRecord>;
  readScene(episode: number): Promise<Scene>;
}

export interface OpenOptions extends ReadOptions {
  /** How errors call the dataset, such as its folder. */
  readonly location?: string | undefined;
}

const CACHE_BYTES = 256 * 2 ** 20;

/**
 * @param options the cache holds 256 MiB of decoded chunks unless told otherwise
 * @throws where there is no dataset, an incomplete, a foreign or a newer one
 */
export async function openDataset(store: AsyncReadable, options: OpenOptions = {}): Promise<Dataset> {
  const where = options.location ?? 'store';
  const manifest = await readManifest(store, where);
  const { spec } = manifest;
  const episodes = episodeCount(manifest.splits);
  const names = manifestArrays(manifest);
  const context = readContext(store, { cacheBytes: CACHE_BYTES, ...options });
  const readers = new Map<ArrayName, Promise<ArrayReader>>();
  let lines: Promise<string[]> | undefined;
  const remedy = `delete it and run "${generateCommand(manifest)}"`;

  function reader(name: ArrayName): Promise<ArrayReader> {
    if (!readers.has(name)) {
      const opening = openReader(name);
      readers.set(name, opening);
      opening.catch(() => readers.delete(name));
    }
    return readers.get(name)!;
  }

  async function openReader(name: ArrayName): Promise<ArrayReader> {
    if (!names.includes(name))
      throw new Error(`dataset "${where}": no array "${name}"; it has ${names.join(', ')}`);
    const array = await openArray(context, name).catch((error: Error) => {
      throw new Error(`dataset "${where}": ${error.message.split(';')[0]}; ${remedy}`, { cause: error });
    });
    const [e, t] = array.layout.shape;
    if (e !== episodes || (hasFrames(name) && t !== spec.frames))
      throw new Error(
        `dataset "${where}": array "${name}" has ${e} episodes of ${t} frames, not ${episodes} of ${spec.frames}; ${remedy}`,
      );
    return array;
  }

  function explain(error: unknown, array: ArrayReader): unknown {
    if (!(error instanceof ShardError)) return error;
    const size = array.layout.shard[0]!;
    const first = error.shard[0]! * size;
    const last = Math.min(first + size, episodes) - 1;
    return new Error(
      `dataset "${where}": shard ${error.shard[0]} of "${array.name}" (episodes ${first} to ${last}) ${error.problem}; ${remedy}`,
      { cause: error },
    );
  }

  async function readArrayClip(name: ArrayName, { episode, start, length }: Clip, into?: ArrayValues) {
    const array = await reader(name);
    const [, ...rest] = array.layout.shape;
    const size = hasFrames(name) ? [length, ...rest.slice(1)] : rest;
    const from = rest.map((_, axis) => (hasFrames(name) && axis === 0 ? start : 0));
    if (into !== undefined && into.length !== product(size))
      throw new RangeError(
        `clip of ${length} frames: ${into.length} elements given for "${name}", which needs ${product(size)}; size it so`,
      );
    return array.read([episode, ...from], [1, ...size], into).catch((error: unknown) => {
      throw explain(error, array);
    });
  }

  async function readEpisode(episode: number): Promise<EpisodeRecord> {
    if (!Number.isInteger(episode) || episode < 0 || episode >= episodes)
      throw new RangeError(
        `episode ${episode}: "${where}" has episodes 0 to ${episodes - 1}; choose one of them`,
      );
    lines ??= store.get(`/${EPISODES_FILE}`).then((bytes) => new TextDecoder().decode(bytes).split('\n'));
    lines.catch(() => (lines = undefined));
    const line = (await lines)[episode];
    const record = episodeRecordSchema.safeParse(parseJson(line));
    if (!record.success || record.data.episode !== episode)
      throw new Error(
        `dataset "${where}": line ${episode + 1} of ${EPISODES_FILE} is missing or damaged; ${remedy}`,
      );
    return record.data;
  }

  return {
    manifest,
    episodes,
    frames: spec.frames,
    arrays: names,
    shape: async (name) => (await reader(name)).layout.shape,
    async readClip<K extends ArrayName>(clip: Clip, arrays: readonly K[], into: Partial<ClipArrays<K>> = {}) {
      checkClip(clip, where, episodes, spec.frames);
      const values = await Promise.all(arrays.map((name) => readArrayClip(name, clip, into[name])));
      return Object.fromEntries(arrays.map((name, i) => [name, values[i]])) as ClipArrays<K>;
    },
    readEpisode,
    readScene: async (episode) => (await readEpisode(episode)).scene,
  };
}

const VERSION = 2;

/** The command that makes the dataset of a manifest. */
export function generateCommand({ spec, size, seed }: Pick<Manifest, 'spec' | 'size' | 'seed'>): string {
  return `orrery generate ${spec.name} --size ${size}${seed === 0 ? '' : ` --seed ${seed}`}`;
}

/** The manifest in the attributes of the root group. */
async function readManifest(store: AsyncReadable, where: string): Promise<Manifest> {
  const group = (await readJson(store, 'zarr.json').catch((error: unknown) => {
    if (!(error instanceof DamagedJson)) throw error;
    throw new Error(`dataset "${where}": zarr.json is damaged; delete the folder and run "orrery generate"`);
  })) as { attributes?: unknown } | undefined;
  if (group === undefined)
    throw new Error(
      `dataset "${where}": not found, or not finished; run "orrery generate" to make or to continue it`,
    );
  return parseManifest(group.attributes, where);
}

/**
 * @param attributes attributes of a Zarr group
 * @throws where they are no manifest, or that of a newer version
 */
export function parseManifest(attributes: unknown, where: string): Manifest {
  const { format, version } = (attributes ?? {}) as { format?: unknown; version?: unknown };
  if (format !== 'orrery.dataset')
    throw new Error(
      `dataset "${where}": its zarr.json is not that of an Orrery dataset (format ${JSON.stringify(format) ?? 'missing'}); choose another folder`,
    );
  if (version !== VERSION)
    throw new Error(
      `dataset "${where}": format version ${JSON.stringify(version) ?? 'missing'}, this program knows version ${VERSION}; ` +
        (Number(version) > VERSION
          ? 'update the program, or choose another folder'
          : 'delete the folder and run "orrery generate", or choose another one'),
    );
  const result = manifestSchema.safeParse(attributes);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Error(
    `dataset "${where}": manifest field "${issue.path.join('.')}": ${issue.message}; delete the folder and run "orrery generate"`,
  );
}

function checkClip({ episode, start, length }: Clip, where: string, episodes: number, frames: number): void {
  if (!Number.isInteger(episode) || episode < 0 || episode >= episodes)
    throw new RangeError(
      `episode ${episode}: "${where}" has episodes 0 to ${episodes - 1}; choose one of them`,
    );
  const whole = Number.isInteger(start) && Number.isInteger(length);
  if (!whole || start < 0 || length < 1 || start + length > frames)
    throw new RangeError(
      `clip of ${length} frames from frame ${start}: episodes of "${where}" have frames 0 to ${frames - 1}; choose a clip inside`,
    );
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
