import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { explainFileError } from './explain.ts';

/**
 * Makes a folder and those above it; one that is there already is fine.
 * @throws an Error that names the folder and the remedy when the disk is full, read-only or forbids it
 */
export async function makeFolder(path: string): Promise<void> {
  await makeFolders(path).catch((error: unknown) => {
    throw explainFileError(error, `cannot write ${path}`);
  });
}

/**
 * `makeFolder` with the system's own errors.
 *
 * Node's recursive mkdir is not used: on a read-only disk it says "no such file", and below /proc it never returns.
 */
export async function makeFolders(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  if (missing.length === 0) await requireFolder(path);
  for (const folder of missing) {
    // Another process may have made it in the meantime.
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return requireFolder(folder);
    });
  }
}

async function requireFolder(path: string): Promise<void> {
  if ((await stat(path)).isDirectory()) return;
  throw Object.assign(new Error(`${path} is a file`), { code: 'EEXIST' });
}
