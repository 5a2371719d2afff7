/** Writes Zarr v3 groups and sharded arrays into a folder, shard by shard: memory does not grow with the array. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '@orrery/storage';
import { copyBox } from '../zarr/box.ts';
import {
  asBytes,
  bytesPerElement,
  dtypes,
  isFloat,
  zeros,
  type ArrayOf,
  type DType,
  type TypedArray,
} from '../zarr/dtype.ts';
import {
  arrayMetadata,
  checkLayout,
  chunkGrid,
  flatIndex,
  product,
  shardGrid,
  shardKey,
  unflatIndex,
  type ArrayLayout,
  type Codec,
} from '../zarr/layout.ts';
import { shardBuilder, type ShardBuilder } from '../zarr/shard.ts';
import { sha256 } from './checksums.ts';
import { gzip, repeatDistances } from './gzip.ts';

export interface ArrayOptions<D extends DType> {
  readonly shape: readonly number[];
  readonly dtype: D;
  /** Elements of a chunk along each axis; one entry of the first axis unless given. */
  readonly chunk?: readonly number[] | undefined;
  /** Elements of a shard along each axis, a multiple of `chunk`; the whole array unless given. */
  readonly shard?: readonly number[] | undefined;
  /** How chunks are compressed; "bytes" (not at all) unless given. */
  readonly codec?: Codec | undefined;
  readonly dimensionNames?: readonly string[] | undefined;
  readonly attributes?: Record<string, unknown> | undefined;
}

export interface ArrayWriter<D extends DType = DType> {
  readonly layout: ArrayLayout<D>;
  /** Shards along each axis. */
  readonly grid: readonly number[];
  /**
   * Writes one shard, whole or not at all.
   * @param index position of the shard in `grid`
   * @param data the part of the array that the shard covers, row-major
   */
  writeShard(index: readonly number[], data: ArrayOf<D>): Promise<ShardFile>;
  /** Begins a shard that is given row by row, so that only its encoded chunks are in memory. */
  beginShard(index: readonly number[]): ShardWriter<D>;
}

/** A file that was written: how long it is, and the SHA-256 (hex) of its bytes. */
export interface ShardFile {
  readonly bytes: number;
  readonly sha256: string;
}

export interface ShardWriter<D extends DType = DType> {
  /**
   * Encodes the next rows of the shard.
   * @param rows the next `chunk[0]` entries of the first axis (fewer where the array ends), row-major
   */
  append(rows: ArrayOf<D>): void;
  /**
   * Writes the file; all rows must have been given.
   */
  finish(): Promise<ShardFile>;
}

/** Writes the group at `path` ("" is the root itself) of the store in folder `root`. */
export async function writeGroup(
  root: string,
  path: string,
  attributes: Record<string, unknown> = {},
): Promise<void> {
  await writeJsonAtomic(join(root, path, 'zarr.json'), { zarr_format: 3, node_type: 'group', attributes });
}

/**
 * Writes the metadata of the array at `path` and returns what writes its shards. Groups between the root and the array
 * are made where they are missing; the root's own zarr.json is the caller's, who may want to write it last.
 */
export async function createArray<D extends DType>(
  root: string,
  path: string,
  options: ArrayOptions<D>,
): Promise<ArrayWriter<D>> {
  const layout = layoutOf(path, options);
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth++) {
    const group = parts.slice(0, depth).join('/');
    if (!existsSync(join(root, group, 'zarr.json'))) await writeGroup(root, group);
  }
  await writeJsonAtomic(join(root, path, 'zarr.json'), arrayMetadata(layout, options.attributes));
  return openArrayWriter(root, path, layout);
}

/** Writes a whole array that is in memory. */
export async function writeArray<D extends DType>(
  root: string,
  path: string,
  options: ArrayOptions<D>,
  data: ArrayOf<D>,
): Promise<void> {
  const layout = layoutOf(path, options);
  if (data.length !== product(layout.shape))
    throw new Error(
      `array "${path}": ${data.length} elements do not fill shape [${layout.shape}]; give ${product(layout.shape)}`,
    );
  const writer = await createArray(root, path, options);
  for (let flat = 0; flat < product(writer.grid); flat++) {
    const index = unflatIndex(flat, writer.grid);
    const start = index.map((i, axis) => i * layout.shard[axis]!);
    const size = extent(layout, index);
    const part = zeros(layout.dtype, product(size));
    copyBox(
      { data, shape: layout.shape, start },
      { data: part, shape: size, start: size.map(() => 0) },
      size,
    );
    await writer.writeShard(index, part);
  }
}

/** What writes shards of an array whose metadata is there already (in another worker, or in another run). */
export function openArrayWriter<D extends DType>(
  root: string,
  path: string,
  layout: ArrayLayout<D>,
): ArrayWriter<D> {
  const grid = shardGrid(layout);
  const chunks = product(chunkGrid(layout));
  /** Memory of shards that are written: engines are slow to give it back, and collect garbage the more the more is taken. */
  const spare: ShardBuilder[] = [];
  const repeats = repeatDistances(layout.chunk, bytesPerElement(layout.dtype));
  function beginShard(index: readonly number[]): ShardWriter<D> {
    if (
      index.length !== grid.length ||
      !index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < grid[axis]!)
    )
      throw new RangeError(
        `array "${path}": shard [${index}] is not in the grid [${grid}]; choose one inside`,
      );
    const [rows, ...rest] = extent(layout, index) as [number, ...number[]];
    const shard = spare.pop() ?? shardBuilder(chunks);
    let done = 0;
    return {
      append(data) {
        const count = Math.min(layout.chunk[0]!, rows - done);
        const shape = [count, ...rest];
        if (count <= 0 || data.length !== product(shape) || !(data instanceof dtypes[layout.dtype]))
          throw new Error(
            `array "${path}": ${data.constructor.name} of ${data.length} given for rows ${done} to ${done + count} of a shard, [${shape}] of ${layout.dtype}; give exactly those`,
          );
        for (const chunk of chunkRow(layout, data, shape)) {
          const bytes = chunk && asBytes(chunk);
          shard.add(bytes && layout.codec === 'gzip' ? gzip(bytes, repeats) : bytes);
        }
        done += count;
      },
      async finish() {
        if (done < rows)
          throw new Error(`array "${path}": shard [${index}] has ${done} of its ${rows} rows; give them all`);
        const bytes = shard.finish();
        await writeFileAtomic(join(root, path, shardKey(index)), bytes);
        const file = { bytes: bytes.length, sha256: sha256(bytes) };
        spare.push(shard);
        return file;
      },
    };
  }
  return {
    layout,
    grid,
    beginShard,
    async writeShard(index, data) {
      const shard = beginShard(index);
      const [rows, ...rest] = extent(layout, index) as [number, ...number[]];
      if (data.length !== product([rows, ...rest]))
        throw new Error(
          `array "${path}": shard [${index}] covers [${[rows, ...rest]}], not ${data.length} elements; give exactly those`,
        );
      const step = layout.chunk[0]!;
      for (let row = 0; row < rows; row += step)
        shard.append(
          data.subarray(row * product(rest), Math.min(row + step, rows) * product(rest)) as ArrayOf<D>,
        );
      return shard.finish();
    },
  };
}

function layoutOf<D extends DType>(path: string, options: ArrayOptions<D>): ArrayLayout<D> {
  const { shape, dtype, codec = 'bytes', dimensionNames } = options;
  const chunk = options.chunk ?? shape.map((n, axis) => (axis === 0 ? 1 : Math.max(1, n)));
  const shard =
    options.shard ?? shape.map((n, axis) => Math.max(1, Math.ceil(n / chunk[axis]!)) * chunk[axis]!);
  const layout = { shape, dtype, chunk, shard, codec, dimensionNames };
  checkLayout(path, layout);
  return layout;
}

/** Elements along each axis of the part of the array that a shard covers. */
function extent(layout: ArrayLayout, index: readonly number[]): number[] {
  return layout.shard.map((size, axis) => Math.min(size, layout.shape[axis]! - index[axis]! * size));
}

/** The row of chunks (all that share an index along the first axis) of some rows; undefined beyond the array's end. */
function* chunkRow(
  layout: ArrayLayout,
  data: TypedArray,
  shape: readonly number[],
): Generator<TypedArray | undefined> {
  const grid = [1, ...chunkGrid(layout).slice(1)];
  for (let flat = 0; flat < product(grid); flat++) {
    const start = unflatIndex(flat, grid).map((i, axis) => i * layout.chunk[axis]!);
    const size = layout.chunk.map((n, axis) => Math.min(n, shape[axis]! - start[axis]!));
    yield size.some((n) => n <= 0) ? undefined : chunkOf(layout, { data, shape, start }, size);
  }
}

/** The elements of a chunk, row-major: without a copy where they lie so in memory already. */
function chunkOf(
  layout: ArrayLayout,
  from: { data: TypedArray; shape: readonly number[]; start: readonly number[] },
  size: readonly number[],
): TypedArray {
  const { data, shape, start } = from;
  const whole = size.every((n, axis) => n === layout.chunk[axis]);
  // All axes behind the first that a chunk has more than one element of are its whole.
  const outer = layout.chunk.findIndex((n) => n > 1);
  const run = size.every((n, axis) => outer < 0 || axis <= outer || n === shape[axis]);
  if (whole && run) {
    const at = flatIndex(start, shape);
    return data.subarray(at, at + product(size));
  }
  const chunk = zeros(layout.dtype, product(layout.chunk));
  // Elements of the chunk beyond the end of the array hold the fill value.
  if (isFloat(layout.dtype) && product(size) < chunk.length) fillNaN(chunk as Float32Array | Float64Array);
  copyBox(from, { data: chunk, shape: layout.chunk, start: size.map(() => 0) }, size);
  return chunk;
}

/** Fills with the quiet NaN of numpy.nan: engines may choose other bits for theirs. */
export function fillNaN(data: Float32Array | Float64Array): void {
  if (data instanceof Float32Array)
    new Uint32Array(data.buffer, data.byteOffset, data.length).fill(0x7fc00000);
  else new BigUint64Array(data.buffer, data.byteOffset, data.length).fill(0x7ff8000000000000n);
}
