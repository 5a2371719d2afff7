/** SHA-256 over uncompressed content: the same on every platform, whatever its zlib makes of it. */
import { createHash } from 'node:crypto';
import { arrayNames } from '../arrays.ts';
import type { Manifest } from '../manifest.ts';
import type { ClipArrays } from '../open.ts';
import { asBytes, type TypedArray } from '../zarr/dtype.ts';

/** What an episode has checksums of: its part of each array, and its scene. */
export const CHECKED = [...arrayNames, 'scene'] as const;
export type Checked = (typeof CHECKED)[number];
export type EpisodeChecksums = Record<Checked, string>;

export const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

/** The checksum of values: of their bytes, little-endian and row-major. */
export const valuesChecksum = (values: TypedArray) => sha256(asBytes(values));

/** The checksum of a scene: of its JSON as episodes.jsonl holds it. */
export const sceneChecksum = (scene: unknown) => sha256(JSON.stringify(scene));

export function episodeChecksums(episode: ClipArrays, scene: unknown): EpisodeChecksums {
  const arrays = arrayNames.map((name) => [name, valuesChecksum(episode[name])] as const);
  return { ...Object.fromEntries(arrays), scene: sceneChecksum(scene) } as EpisodeChecksums;
}

/** The checksum of checksums: over their 32 bytes each, in order. */
export function combineChecksums(checksums: readonly string[]): string {
  const hash = createHash('sha256');
  for (const checksum of checksums) hash.update(checksum, 'hex');
  return hash.digest('hex');
}

/**
 * The checksums of a manifest: of an array, over the checksums of its episodes in their order; of the dataset, over
 * those of its arrays and of the scenes.
 */
export function datasetChecksums(episodes: readonly Record<string, string>[]): Manifest['checksums'] {
  const arrays = Object.fromEntries(
    CHECKED.map((name) => [name, combineChecksums(episodes.map((checksums) => checksums[name]!))]),
  );
  return { arrays, dataset: combineChecksums(CHECKED.map((name) => arrays[name]!)) };
}
