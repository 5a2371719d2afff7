/** SHA-256 over uncompressed content: the same on every platform, whatever compressed it. */
import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { explainFileError } from '@orrery/storage';
import type { ArrayName } from '../arrays.ts';
import type { Manifest } from '../manifest.ts';
import { asBytes, type TypedArray } from '../zarr/dtype.ts';

/** What an episode has checksums of: its part of each array, and its scene. */
export const checkedNames = (arrays: readonly ArrayName[]): readonly string[] => [...arrays, 'scene'];

export const sha256 = (content: Uint8Array | string) => hash('sha256', content);

/** The checksum of a manifest: of its JSON without `checksums`. */
export function manifestChecksum({ checksums: _, ...rest }: { readonly checksums?: unknown }): string {
  return sha256(JSON.stringify(rest));
}

/** The checksum of a file's bytes, which need not fit into memory; undefined where there is no file. */
export async function fileChecksum(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw explainFileError(error, `cannot read ${path}`);
  }
  return hash.digest('hex');
}

/** The checksum of values: of their bytes, little-endian and row-major. */
export const valuesChecksum = (values: TypedArray) => sha256(asBytes(values));

/** The checksum of a scene: of its JSON as episodes.jsonl holds it. */
export const sceneChecksum = (scene: unknown) => sha256(JSON.stringify(scene));

/** @param episode its part of each array */
export function episodeChecksums(
  episode: Readonly<Partial<Record<ArrayName, TypedArray>>>,
  scene: unknown,
): Record<string, string> {
  const arrays = Object.entries(episode).map(([name, values]) => [name, valuesChecksum(values)] as const);
  return { ...Object.fromEntries(arrays), scene: sceneChecksum(scene) };
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
export function datasetChecksums(arrays: readonly ArrayName[]) {
  const names = checkedNames(arrays);
  const hashes = names.map(() => createHash('sha256'));
  return {
    /** Adds the next episode. */
    add(checksums: Readonly<Record<string, string>>): void {
      names.forEach((name, i) => hashes[i]!.update(checksums[name]!, 'hex'));
    },
    /** After the last one. */
    finish(): Pick<Manifest['checksums'], 'arrays' | 'dataset'> {
      const digests = hashes.map((hash) => hash.digest('hex'));
      return {
        arrays: Object.fromEntries(names.map((name, i) => [name, digests[i]!])),
        dataset: combineChecksums(digests),
      };
    },
  };
}
