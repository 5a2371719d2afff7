/** The arrays of a dataset: one row an array, in the order in which their checksums are combined. */
import type { Body } from '@orrery/scene';
import type { DatasetSpec } from './manifest.ts';
import { bytesPerElement, type ArrayOf, type DType } from './zarr/dtype.ts';
import { product, type ArrayLayout, type Codec } from './zarr/layout.ts';

/** Lengths of the axes that arrays may have, by the axes' names. */
export interface DatasetExtent {
  /** E */
  readonly episode: number;
  /** T */
  readonly frame: number;
  /** H and W, pixels */
  readonly row: number;
  readonly column: number;
  /** N */
  readonly body: number;
  /** C, slots for contacts in a frame */
  readonly contact: number;
}

const FIXED = { rgb: 3, xyz: 3, xyzw: 4, contact_field: 9 } as const;
type Axis = keyof DatasetExtent | keyof typeof FIXED;

interface ArrayRow {
  readonly dtype: DType;
  readonly axes: readonly ['episode', 'frame', ...Axis[]];
  readonly codec: Codec;
  readonly unit: string;
  /** Pictures are read a few frames at a time, everything else by the episode. */
  readonly picture: boolean;
  readonly description: string;
}

const frames = ['episode', 'frame'] as const;
const pixels = [...frames, 'row', 'column'] as const;
const bodies = [...frames, 'body'] as const;

export const arrayTable = {
  rgb: {
    dtype: 'uint8',
    axes: [...pixels, 'rgb'],
    codec: 'gzip',
    picture: true,
    unit: 'sRGB, 0 to 255',
    description: 'what the camera sees; row 0 at the top',
  },
  depth: {
    dtype: 'float32',
    axes: pixels,
    codec: 'gzip',
    picture: true,
    unit: 'm',
    description: 'distance along the viewing direction; infinity where no body is seen',
  },
  segmentation: {
    dtype: 'uint8',
    axes: pixels,
    codec: 'gzip',
    picture: true,
    unit: '1',
    description: 'index of the body plus 1; 0 where no body is seen',
  },
  position: {
    dtype: 'float32',
    axes: [...bodies, 'xyz'],
    codec: 'bytes',
    picture: false,
    unit: 'm',
    description: 'centre of each body',
  },
  quaternion: {
    dtype: 'float32',
    axes: [...bodies, 'xyzw'],
    codec: 'bytes',
    picture: false,
    unit: '1',
    description: 'orientation of each body, x y z w',
  },
  velocity: {
    dtype: 'float32',
    axes: [...bodies, 'xyz'],
    codec: 'bytes',
    picture: false,
    unit: 'm/s',
    description: 'velocity of the centre of each body',
  },
  angular_velocity: {
    dtype: 'float32',
    axes: [...bodies, 'xyz'],
    codec: 'bytes',
    picture: false,
    unit: 'rad/s',
    description: 'angular velocity of each body about the world axes',
  },
  energy: {
    dtype: 'float64',
    axes: frames,
    codec: 'bytes',
    picture: false,
    unit: 'J',
    description: 'kinetic plus potential energy of the moving bodies',
  },
  momentum: {
    dtype: 'float64',
    axes: [...frames, 'xyz'],
    codec: 'bytes',
    picture: false,
    unit: 'kg m/s',
    description: 'momentum of the moving bodies',
  },
  contact_count: {
    dtype: 'int32',
    axes: frames,
    codec: 'bytes',
    picture: false,
    unit: '1',
    description: 'contacts that acted between the frame before and this one',
  },
  contact: {
    dtype: 'float32',
    axes: [...frames, 'contact', 'contact_field'],
    codec: 'gzip',
    picture: false,
    unit: '1, 1, m, 1, N s',
    description:
      'body a, body b, point (3), unit normal from a to b (3), normal impulse; NaN after the last contact',
  },
} as const satisfies Record<string, ArrayRow>;

export type ArrayName = keyof typeof arrayTable;
/** Values of an array of the given name. */
export type ArrayValues<K extends ArrayName = ArrayName> = ArrayOf<(typeof arrayTable)[K]['dtype']>;
export const arrayNames = Object.keys(arrayTable) as ArrayName[];

/** Bytes of a decoded shard of all arrays together that we aim at; workers and retries come in such pieces. */
const SHARD_BYTES = 32 * 2 ** 20;

/** The shape of an array. */
export function arrayShape(name: ArrayName, extent: DatasetExtent): number[] {
  const lengths: Record<Axis, number> = { ...extent, ...FIXED };
  return arrayTable[name].axes.map((axis) => lengths[axis]);
}

/**
 * Episodes of a shard, the same for each array: as many as come to about 32 MiB, but at most an eighth of the dataset,
 * so that there is work for several workers.
 */
export function shardEpisodes(extent: DatasetExtent): number {
  const episodeBytes = arrayNames
    .map((name) => product(arrayShape(name, extent).slice(1)) * bytesPerElement(arrayTable[name].dtype))
    .reduce((a, b) => a + b);
  return Math.max(1, Math.min(Math.floor(SHARD_BYTES / episodeBytes), Math.ceil(extent.episode / 8)));
}

/** Frames of a chunk of pictures: 8 to 12 that divide the episode where there is such a number, else 8. */
export function chunkFrames(frames: number): number {
  return frames < 8 ? frames : ([10, 8, 9, 12, 11].find((n) => frames % n === 0) ?? 8);
}

/** How an array lies in the store. */
export function arrayLayout<K extends ArrayName>(
  name: K,
  extent: DatasetExtent,
): ArrayLayout<(typeof arrayTable)[K]['dtype']> {
  const row = arrayTable[name];
  const shape = arrayShape(name, extent);
  const frames = row.picture ? chunkFrames(extent.frame) : extent.frame;
  return {
    dtype: row.dtype,
    shape,
    chunk: [1, frames, ...shape.slice(2)],
    shard: [shardEpisodes(extent), Math.ceil(extent.frame / frames) * frames, ...shape.slice(2)],
    codec: row.codec,
    dimensionNames: row.axes,
  };
}

/** Units by the names of the arrays, as the manifest holds them. */
export const arrayUnits = Object.fromEntries(arrayNames.map((name) => [name, arrayTable[name].unit]));

/**
 * Slots for contacts in a frame, for each pair with a moving body in it: one where spheres and planes meet; 16 where a
 * box does, which touches at several points and slides from one to the next within a frame. At most 32 for each moving
 * body, which no packing reaches.
 */
export function contactSlots(bodies: readonly Pick<Body, 'mass' | 'shape'>[]): number {
  let slots = 0;
  bodies.forEach((b, j) => {
    for (const a of bodies.slice(0, j)) {
      if (a.mass === 0 && b.mass === 0) continue;
      slots += a.shape.kind === 'box' || b.shape.kind === 'box' ? 16 : 1;
    }
  });
  const moving = bodies.filter(({ mass }) => mass > 0).length;
  return Math.max(1, Math.min(slots, 32 * moving));
}

/** The lengths of a dataset's axes. */
export function datasetExtent(spec: DatasetSpec, bodies: number, contacts: number): DatasetExtent {
  return {
    episode: spec.episodes.train + spec.episodes.test,
    frame: spec.frames,
    row: spec.height,
    column: spec.width,
    body: bodies,
    contact: contacts,
  };
}
