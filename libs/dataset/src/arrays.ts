/** The arrays of a dataset: one row an array, in the order in which their checksums are combined. */
import type { DatasetExtent } from './extent.ts';
import type { Manifest, Picture } from './manifest.ts';
import { bytesPerElement, type ArrayOf, type DType } from './zarr/dtype.ts';
import { product, type ArrayLayout, type Codec } from './zarr/layout.ts';

const FIXED = { rgb: 3, flow: 2, xyz: 3, xyzw: 4, material_field: 2, contact_field: 9 } as const;
type Axis = Exclude<keyof DatasetExtent, 'pictures'> | keyof typeof FIXED;

interface ArrayRow {
  readonly dtype: DType;
  /** The first is the episode; the second is the frame where the values change from frame to frame. */
  readonly axes: readonly ['episode', ...Axis[]];
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
  flow: {
    dtype: 'float32',
    axes: [...pixels, 'flow'],
    codec: 'gzip',
    picture: true,
    unit: 'pixels',
    description:
      'where the surface that a pixel shows goes until the next frame, to the right and down, seen there or not; 0 where no body is seen, and in the last frame',
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
  visible: {
    dtype: 'uint8',
    axes: bodies,
    codec: 'bytes',
    picture: false,
    unit: '1',
    description: '1 where the body is drawn in the frame (it may still be hidden by others), else 0',
  },
  action: {
    dtype: 'float32',
    axes: [...frames, 'actuator'],
    codec: 'bytes',
    picture: false,
    unit: '1',
    description:
      'what acts from this frame to the next, each from -1 to 1; what 1 means is in the manifest (actions); 0 in the last frame',
  },
  mass: {
    dtype: 'float32',
    axes: ['episode', 'body'],
    codec: 'bytes',
    picture: false,
    unit: 'kg',
    description: 'mass of each body; 0 for those that never move',
  },
  size: {
    dtype: 'float32',
    axes: ['episode', 'body', 'xyz'],
    codec: 'bytes',
    picture: false,
    unit: 'm',
    description:
      'half extents of each body along its own axes: those of a box, the radius of a sphere three times, (radius, radius, half length + radius) of a capsule; 0 for planes, which are unbounded',
  },
  material: {
    dtype: 'float32',
    axes: ['episode', 'body', 'material_field'],
    codec: 'bytes',
    picture: false,
    unit: '1',
    description:
      'restitution and friction of each body; a pair takes the product of the restitutions and the geometric mean of the frictions',
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

/** The arrays of a dataset: those of pictures that are stored, and actions only where something acts. */
export function arrayNames(extent: Pick<DatasetExtent, 'actuator' | 'pictures'>): ArrayName[] {
  return (Object.keys(arrayTable) as ArrayName[]).filter((name) => {
    if (name === 'action') return extent.actuator > 0;
    return !arrayTable[name].picture || extent.pictures.includes(name as Picture);
  });
}

/** The arrays of the dataset with a manifest. */
export const manifestArrays = ({ actions, spec }: Pick<Manifest, 'actions' | 'spec'>): ArrayName[] =>
  arrayNames({ actuator: actions.length, pictures: spec.pictures });

/** Bytes of a decoded shard of all arrays together that we aim at; workers and retries come in such pieces. */
const SHARD_BYTES = 32 * 2 ** 20;

/** The shape of an array. */
export function arrayShape(name: ArrayName, extent: DatasetExtent): number[] {
  const lengths: Record<Axis, number> = { ...extent, ...FIXED };
  return (arrayTable[name].axes as readonly Axis[]).map((axis) => lengths[axis]);
}

/**
 * Episodes of a shard, the same for each array: as many as come to about 32 MiB, but at most an eighth of the dataset,
 * so that there is work for several workers.
 */
export function shardEpisodes(extent: DatasetExtent): number {
  return Math.max(1, Math.min(Math.floor(SHARD_BYTES / episodeBytes(extent)), Math.ceil(extent.episode / 8)));
}

/** Bytes of an episode of all arrays together, decoded. */
export function episodeBytes(extent: DatasetExtent): number {
  return arrayNames(extent)
    .map((name) => product(arrayShape(name, extent).slice(1)) * bytesPerElement(arrayTable[name].dtype))
    .reduce((a, b) => a + b);
}

/** Frames of a chunk of pictures: 8 to 12 that divide the episode where there is such a number, else 8. */
export function chunkFrames(frames: number): number {
  return frames < 8 ? frames : ([10, 8, 9, 12, 11].find((n) => frames % n === 0) ?? 8);
}

/** Whether an array has values for each frame; else it has some for the episode as a whole. */
export const hasFrames = (name: ArrayName): boolean =>
  (arrayTable[name].axes as readonly string[])[1] === 'frame';

/** How an array lies in the store. */
export function arrayLayout<K extends ArrayName>(
  name: K,
  extent: DatasetExtent,
): ArrayLayout<(typeof arrayTable)[K]['dtype']> {
  const row = arrayTable[name];
  const shape = arrayShape(name, extent);
  const [, ...rest] = shape;
  // The axis behind the episode's is cut into chunks where it is that of pictures' frames.
  const chunk = row.picture ? [chunkFrames(extent.frame), ...rest.slice(1)] : rest;
  const shard = rest.map((length, axis) => Math.ceil(length / chunk[axis]!) * chunk[axis]!);
  return {
    dtype: row.dtype,
    shape,
    chunk: [1, ...chunk],
    shard: [shardEpisodes(extent), ...shard],
    codec: row.codec,
    dimensionNames: row.axes,
  };
}

/** Units by the names of the arrays, as a manifest holds them. */
export const arrayUnits = (names: readonly ArrayName[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, arrayTable[name].unit]));
