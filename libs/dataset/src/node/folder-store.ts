/** A folder as a store of zarrita and of `openDataset`. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { explainFileError } from '@orrery/storage';
import type { AsyncReadable } from 'zarrita';
import { openDataset, type Dataset, type OpenOptions } from '../open.ts';
import type { Gunzip } from '../zarr/reader.ts';

/**
 * @param folder root of the store
 * @throws from its methods where a file is there but cannot be read; a missing file is `undefined`
 */
export function folderStore(folder: string): AsyncReadable {
  // Synchronous calls: from a warm file cache they take microseconds, a turn of the thread pool takes a hundred.
  return {
    async get(key) {
      return attempt(join(folder, key), (path) => new Uint8Array(readFileSync(path)));
    },
    async getRange(key, range) {
      return attempt(join(folder, key), (path) => {
        const file = openSync(path, 'r');
        try {
          const size = fstatSync(file).size;
          const offset = 'suffixLength' in range ? Math.max(0, size - range.suffixLength) : range.offset;
          const length = 'suffixLength' in range ? size - offset : Math.min(range.length, size - offset);
          const bytes = new Uint8Array(Math.max(0, length));
          const read = readSync(file, bytes, 0, bytes.length, offset);
          return bytes.subarray(0, read);
        } finally {
          closeSync(file);
        }
      });
    },
  };
}

function attempt<T>(path: string, read: (path: string) => T): T | undefined {
  try {
    return read(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw explainFileError(error, `cannot read ${path}`);
  }
}

/**
 * zlib's gunzip into one buffer of the right size: into its own of 16 kB it takes twice as long. A little more than
 * needed, or it asks for another buffer before it sees the end.
 */
export const gunzip: Gunzip = (bytes, size) => gunzipSync(bytes, { chunkSize: Math.max(64, size + 64) });

/**
 * Opens the dataset in a folder.
 * @throws where the folder is missing, or holds no complete dataset
 */
export async function openFolder(folder: string, options: OpenOptions = {}): Promise<Dataset> {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined)
    throw new Error(`dataset "${folder}": not found; make it with "orrery generate", or check the path`);
  if (!found.isDirectory()) throw new Error(`dataset "${folder}": a file, not a folder; check the path`);
  return openDataset(folderStore(folder), { gunzip, location: folder, ...options });
}
