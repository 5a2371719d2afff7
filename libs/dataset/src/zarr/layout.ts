/**
 * How an array lies in a Zarr v3 store: a grid of shards, each one file that holds a grid of chunks.
 *
 * Codecs of a chunk: `bytes` (little-endian), then `gzip` level 1 or nothing, then `crc32c`. The index at the end of a
 * shard: (offset, length) of each chunk in row-major order as uint64, then `crc32c`.
 * Source: Zarr v3 specification, "sharding_indexed" codec (ZEP 2).
 */
import { z } from 'zod';
import { dtypes, isFloat, type DType } from './dtype.ts';

export type Codec = 'bytes' | 'gzip';

export interface ArrayLayout<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  /** Elements of a chunk along each axis; the unit that is read and decoded. */
  readonly chunk: readonly number[];
  /** Elements of a shard along each axis, a multiple of `chunk`; the unit that is written. */
  readonly shard: readonly number[];
  readonly codec: Codec;
  readonly dimensionNames?: readonly string[] | undefined;
}

export const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** Shards along each axis. */
export const shardGrid = (layout: ArrayLayout) =>
  layout.shape.map((size, axis) => Math.ceil(size / layout.shard[axis]!));

/** Chunks of a shard along each axis. */
export const chunkGrid = (layout: ArrayLayout) =>
  layout.shard.map((size, axis) => size / layout.chunk[axis]!);

/** The key of a shard in the store, relative to the array: "c/3/0/0". */
export const shardKey = (index: readonly number[]) => ['c', ...index].join('/');

/** Position of `index` in a row-major grid. */
export function flatIndex(index: readonly number[], grid: readonly number[]): number {
  return index.reduce((flat, i, axis) => flat * grid[axis]! + i, 0);
}

/** The index at position `flat` of a row-major grid. */
export function unflatIndex(flat: number, grid: readonly number[]): number[] {
  const index = new Array<number>(grid.length);
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    index[axis] = flat % grid[axis]!;
    flat = Math.floor(flat / grid[axis]!);
  }
  return index;
}

/** @throws where shard, chunk and shape do not fit together */
export function checkLayout(name: string, layout: ArrayLayout): void {
  const { shape, chunk, shard, dimensionNames } = layout;
  const fits =
    shape.length > 0 &&
    chunk.length === shape.length &&
    shard.length === shape.length &&
    (dimensionNames === undefined || dimensionNames.length === shape.length) &&
    shape.every((n) => Number.isInteger(n) && n >= 0) &&
    chunk.every((n) => Number.isInteger(n) && n > 0) &&
    shard.every((n, axis) => Number.isInteger(n) && n > 0 && n % chunk[axis]! === 0);
  if (fits) return;
  const line = `shape [${shape}], shard [${shard}], chunk [${chunk}], dimension names [${dimensionNames ?? ''}]`;
  throw new Error(
    `array "${name}": ${line} do not fit together; give each the same number of axes and make each shard a multiple of its chunk`,
  );
}

const configured = <N extends string, C extends z.ZodType>(name: N, configuration: C) =>
  z.object({ name: z.literal(name), configuration });
const sizes = z.array(z.int().min(0));
const bytesCodec = configured('bytes', z.object({ endian: z.literal('little') }).optional()).partial({
  configuration: true,
});

/** The metadata of an array that we can read: what `arrayMetadata` writes. */
const arrayMetadataSchema = z.object({
  zarr_format: z.literal(3),
  node_type: z.literal('array'),
  shape: sizes,
  data_type: z.enum(Object.keys(dtypes) as [DType, ...DType[]]),
  chunk_grid: configured('regular', z.object({ chunk_shape: sizes })),
  chunk_key_encoding: configured('default', z.object({ separator: z.literal('/') })),
  codecs: z.tuple([
    configured(
      'sharding_indexed',
      z.object({
        chunk_shape: sizes,
        codecs: z.union([
          z.tuple([
            bytesCodec,
            configured('gzip', z.object({ level: z.int() })),
            z.object({ name: z.literal('crc32c') }),
          ]),
          z.tuple([bytesCodec, z.object({ name: z.literal('crc32c') })]),
        ]),
        index_codecs: z.tuple([bytesCodec, z.object({ name: z.literal('crc32c') })]),
        index_location: z.literal('end'),
      }),
    ),
  ]),
  attributes: z.record(z.string(), z.unknown()).default({}),
  dimension_names: z.array(z.string()).optional(),
});

/** The content of an array's zarr.json. */
export function arrayMetadata(layout: ArrayLayout, attributes: Record<string, unknown> = {}) {
  const little = { name: 'bytes', configuration: { endian: 'little' } };
  const compression = layout.codec === 'gzip' ? [{ name: 'gzip', configuration: { level: 1 } }] : [];
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: layout.shape,
    data_type: layout.dtype,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: layout.shard } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: isFloat(layout.dtype) ? 'NaN' : 0,
    codecs: [
      {
        name: 'sharding_indexed',
        configuration: {
          chunk_shape: layout.chunk,
          codecs: [layout.dtype === 'uint8' ? { name: 'bytes' } : little, ...compression, { name: 'crc32c' }],
          index_codecs: [little, { name: 'crc32c' }],
          index_location: 'end',
        },
      },
    ],
    attributes,
    ...(layout.dimensionNames && { dimension_names: layout.dimensionNames }),
  };
}

/**
 * Reads an array's zarr.json.
 * @throws where the array is coded in a way that our writer does not use
 */
export function parseArrayMetadata(
  name: string,
  json: unknown,
): { layout: ArrayLayout; attributes: Record<string, unknown> } {
  const result = arrayMetadataSchema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new Error(
      `array "${name}": zarr.json is not of the kind that Orrery writes (${issue.path.join('.')}: ${issue.message}); read it with zarrita or another Zarr library`,
    );
  }
  const metadata = result.data;
  const sharding = metadata.codecs[0].configuration;
  const layout: ArrayLayout = {
    dtype: metadata.data_type,
    shape: metadata.shape,
    shard: metadata.chunk_grid.configuration.chunk_shape,
    chunk: sharding.chunk_shape,
    codec: sharding.codecs.length === 3 ? 'gzip' : 'bytes',
    dimensionNames: metadata.dimension_names,
  };
  checkLayout(name, layout);
  return { layout, attributes: metadata.attributes };
}
