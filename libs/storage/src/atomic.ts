/** Files and folders that are whole or absent: written under a temporary name, synced, then renamed. */
import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { explainFileError } from './explain.ts';
import { makeFolders } from './folder.ts';

const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}\.partial$/;

/** The name under which `path` is written until it is whole. It lies in the same folder, so that a rename is atomic. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.partial`);
}

/**
 * Writes a whole file or leaves what was there: temporary name, fsync, rename, fsync of the folder.
 * @param data all of it, or piece by piece where it need not be in memory at once
 * @throws an Error that names the path and the remedy when the disk is full, read-only or forbids it
 */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string | AsyncIterable<string>,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await makeFolders(dirname(path));
    const file = await open(temporary, 'wx');
    try {
      await writeFile(file, data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw explainFileError(error, `cannot write ${path}`);
  }
}

/** Writes `value` as indented JSON with a closing newline. */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(value, null, 2) + '\n');
}

/** Makes a rename in `folder` survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what an interrupted write left in `folder` (not in folders below it). */
export async function removePartialFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  await Promise.all(
    names.filter((name) => TEMPORARY.test(name)).map((name) => rm(join(folder, name), { force: true })),
  );
}
