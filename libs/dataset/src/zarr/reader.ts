/**
 * Reads boxes of our sharded arrays, many times faster than a general Zarr library: one byte range for neighbouring
 * chunks, checksums checked, decoded chunks kept. Runs in Node and in browsers.
 */
import type { AsyncReadable } from 'zarrita';
import { copyBox } from './box.ts';
import { createChunkCache, type ChunkCache } from './cache.ts';
import { bytesPerElement, fromBytes, zeros, type ArrayOf, type DType, type TypedArray } from './dtype.ts';
import { chunkGrid, flatIndex, parseArrayMetadata, product, shardKey, type ArrayLayout } from './layout.ts';
import { indexLength, parseIndex, withoutChecksum, type ChunkPlace } from './shard.ts';

/**
 * Decompresses one gzip member.
 * @param size bytes that it should decompress to
 */
export type Gunzip = (bytes: Uint8Array, size: number) => Uint8Array | Promise<Uint8Array>;

export interface ReadOptions {
  /** The decompressor; the web's DecompressionStream unless given. */
  readonly gunzip?: Gunzip | undefined;
  /** Bytes of decoded chunks that are kept; 64 MiB unless given. */
  readonly cacheBytes?: number | undefined;
}

/** A shard that cannot be read: which, and what is wrong with it. */
export class ShardError extends Error {
  readonly array: string;
  readonly shard: readonly number[];
  readonly problem: string;
  constructor(array: string, shard: readonly number[], problem: string) {
    super(`array "${array}": shard ${shardKey(shard)} ${problem}; write the array again`);
    this.array = array;
    this.shard = shard;
    this.problem = problem;
  }
}

export interface ArrayReader<D extends DType = DType> {
  readonly name: string;
  readonly layout: ArrayLayout<D>;
  readonly attributes: Record<string, unknown>;
  /**
   * The box of `size` elements from `start`, row-major.
   * @param into where to put it; a new array unless given
   * @throws RangeError where the box leaves the array; ShardError where a shard is missing or damaged
   */
  read(start: readonly number[], size: readonly number[], into?: ArrayOf<D>): Promise<ArrayOf<D>>;
}

/** Where decoded chunks and shard indices of one opened store are kept. */
export interface ReadContext {
  readonly store: AsyncReadable;
  readonly gunzip: Gunzip;
  readonly cache: ChunkCache;
}

const CACHE_BYTES = 64 * 2 ** 20;

export function readContext(store: AsyncReadable, options: ReadOptions = {}): ReadContext {
  return {
    store,
    gunzip: options.gunzip ?? gunzipStream,
    cache: createChunkCache(options.cacheBytes ?? CACHE_BYTES),
  };
}

async function gunzipStream(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return new Uint8Array(
    await new Response(stream.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer(),
  );
}

/** A file that should hold JSON and does not. */
export class DamagedJson extends Error {}

/** The JSON at `key`, or undefined where there is none. */
export async function readJson(store: AsyncReadable, key: string): Promise<unknown> {
  const bytes = await store.get(`/${key}`);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new DamagedJson(`${key}: not JSON; the file is damaged, write it again`);
  }
}

/**
 * Opens the array at `path`.
 * @throws where there is none, or none that our writer could have made
 */
export async function openArray(context: ReadContext, path: string): Promise<ArrayReader> {
  const json = await readJson(context.store, `${path}/zarr.json`);
  if (json === undefined) throw new Error(`array "${path}": not found; check the path`);
  const { layout, attributes } = parseArrayMetadata(path, json);
  const chunks = createChunkSource(context, path, layout);
  return {
    name: path,
    layout,
    attributes,
    async read(start, size, into) {
      checkBox(path, layout, start, size);
      const target = into ?? zeros(layout.dtype, product(size));
      if (target.length !== product(size))
        throw new RangeError(
          `array "${path}": ${target.length} elements given for a box of [${size}]; size it so`,
        );
      if (!size.includes(0)) await readBox(chunks, layout, start, size, target);
      return target;
    },
  };
}

/**
 * A whole array.
 * @param path below the store's root, such as "model/psnr"
 */
export async function readArray(
  store: AsyncReadable,
  path: string,
  options: ReadOptions = {},
): Promise<{
  data: TypedArray;
  shape: readonly number[];
  dtype: DType;
  attributes: Record<string, unknown>;
}> {
  const array = await openArray(readContext(store, { cacheBytes: 0, ...options }), path);
  const { shape, dtype } = array.layout;
  const start = shape.map(() => 0);
  return { data: await array.read(start, shape), shape, dtype, attributes: array.attributes };
}

function checkBox(
  name: string,
  layout: ArrayLayout,
  start: readonly number[],
  size: readonly number[],
): void {
  const inside = layout.shape.every(
    (n, axis) =>
      Number.isInteger(start[axis]) &&
      Number.isInteger(size[axis]) &&
      start[axis]! >= 0 &&
      size[axis]! >= 0 &&
      start[axis]! + size[axis]! <= n,
  );
  if (!inside || start.length !== layout.shape.length || size.length !== layout.shape.length)
    throw new RangeError(
      `array "${name}": the box of [${size}] from [${start}] is not inside shape [${layout.shape}]; ask for less`,
    );
}

/** Decoded chunks of a shard by their row-major position in it. */
type ChunkSource = (shard: readonly number[], wanted: readonly number[]) => Promise<TypedArray[]>;

async function readBox(
  chunks: ChunkSource,
  layout: ArrayLayout,
  start: readonly number[],
  size: readonly number[],
  target: TypedArray,
): Promise<void> {
  const grid = chunkGrid(layout);
  await Promise.all(
    gridBoxes(start, size, layout.shard).map(async (shard) => {
      const inShard = gridBoxes(shard.start, shard.size, layout.chunk);
      const origin = shard.index.map((i, axis) => i * grid[axis]!);
      const wanted = inShard.map(({ index }) =>
        flatIndex(
          index.map((i, axis) => i - origin[axis]!),
          grid,
        ),
      );
      const decoded = await chunks(shard.index, wanted);
      inShard.forEach((box, i) =>
        copyBox(
          {
            data: decoded[i]!,
            shape: layout.chunk,
            start: box.start.map((s, axis) => s - box.index[axis]! * layout.chunk[axis]!),
          },
          { data: target, shape: size, start: box.start.map((s, axis) => s - start[axis]!) },
          box.size,
        ),
      );
    }),
  );
}

/** The cells of a regular grid that a box touches, each with the part of the box that lies in it, row-major. */
function gridBoxes(start: readonly number[], size: readonly number[], cell: readonly number[]) {
  let boxes: { index: number[]; start: number[]; size: number[] }[] = [{ index: [], start: [], size: [] }];
  cell.forEach((length, axis) => {
    const first = Math.floor(start[axis]! / length);
    const end = start[axis]! + size[axis]!;
    boxes = boxes.flatMap((box) =>
      Array.from({ length: Math.ceil(end / length) - first }, (_, i) => {
        const low = Math.max(start[axis]!, (first + i) * length);
        const high = Math.min(end, (first + i + 1) * length);
        return {
          index: [...box.index, first + i],
          start: [...box.start, low],
          size: [...box.size, high - low],
        };
      }),
    );
  });
  return boxes;
}

function createChunkSource(context: ReadContext, name: string, layout: ArrayLayout): ChunkSource {
  const chunksInShard = product(chunkGrid(layout));
  const chunkBytes = product(layout.chunk) * bytesPerElement(layout.dtype);
  const indices = new Map<string, Promise<ChunkPlace[]>>();

  async function readIndex(shard: readonly number[]): Promise<ChunkPlace[]> {
    const bytes = await readRange(context.store, `${name}/${shardKey(shard)}`, {
      suffixLength: indexLength(chunksInShard),
    });
    if (bytes === undefined) throw new ShardError(name, shard, 'is missing');
    const index = parseIndex(bytes, chunksInShard);
    if (index === undefined) throw new ShardError(name, shard, 'is cut short or damaged (its index)');
    return index;
  }

  async function decode(shard: readonly number[], bytes: Uint8Array): Promise<TypedArray> {
    const content = withoutChecksum(bytes);
    if (content === undefined) throw new ShardError(name, shard, 'is damaged (checksum of a chunk)');
    const plain =
      layout.codec === 'bytes'
        ? content
        : await Promise.resolve(content)
            .then((bytes) => context.gunzip(bytes, chunkBytes))
            .catch(() => undefined);
    if (plain?.length !== chunkBytes)
      throw new ShardError(name, shard, 'is damaged (a chunk cannot be decoded)');
    return fromBytes(layout.dtype, plain);
  }

  return async (shard, wanted) => {
    const key = shardKey(shard);
    if (!indices.has(key)) {
      const reading = readIndex(shard);
      indices.set(key, reading);
      reading.catch(() => indices.delete(key)); // a store that failed once may answer the next time
    }
    const index = await indices.get(key)!;
    const cacheKey = (chunk: number) => `${name}/${key}/${chunk}`;
    const found = new Map<number, TypedArray>();
    const missing: { chunk: number; offset: number; length: number }[] = [];
    for (const chunk of wanted) {
      const cached = context.cache.get(cacheKey(chunk));
      if (cached !== undefined) found.set(chunk, cached);
      else {
        const place = index[chunk];
        if (place === undefined) throw new ShardError(name, shard, 'lacks a chunk');
        missing.push({ chunk, ...place });
      }
    }
    await Promise.all(
      neighbours(missing).map(async (run) => {
        const from = run[0]!.offset;
        const length = run.at(-1)!.offset + run.at(-1)!.length - from;
        const bytes = await readRange(context.store, `${name}/${key}`, { offset: from, length });
        if (bytes === undefined) throw new ShardError(name, shard, 'is missing');
        if (bytes.length !== length) throw new ShardError(name, shard, 'is cut short');
        for (const { chunk, offset, length } of run) {
          const decoded = await decode(shard, bytes.subarray(offset - from, offset - from + length));
          context.cache.set(cacheKey(chunk), decoded);
          found.set(chunk, decoded);
        }
      }),
    );
    return wanted.map((chunk) => found.get(chunk)!);
  };
}

/** Groups places that follow each other without a gap, so that each group is one read. */
function neighbours<P extends { offset: number; length: number }>(places: readonly P[]): P[][] {
  const runs: P[][] = [];
  for (const place of places) {
    const before = runs.at(-1)?.at(-1);
    if (before !== undefined && before.offset + before.length === place.offset) runs.at(-1)!.push(place);
    else runs.push([place]);
  }
  return runs;
}

type Range = { offset: number; length: number } | { suffixLength: number };

async function readRange(store: AsyncReadable, key: string, range: Range): Promise<Uint8Array | undefined> {
  if (store.getRange) return store.getRange(`/${key}`, range);
  const bytes = await store.get(`/${key}`);
  if (bytes === undefined) return undefined;
  return 'suffixLength' in range
    ? bytes.slice(Math.max(0, bytes.length - range.suffixLength))
    : bytes.slice(range.offset, range.offset + range.length);
}
