import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explainFileError } from './explain.ts';
import { makeFolder } from './folder.ts';

export interface LockOptions {
  /** Tells apart those who may work in the folder at the same time; without it there is one lock. */
  readonly name?: string | undefined;
  /** Whether others may hold locks of other names meanwhile. */
  readonly alone?: boolean | undefined;
}

const LOCK_FILE = '.lock';

/** Locks that this process holds: one that is not among them is that of a process gone, be its number our own. */
const held = new Set<string>();

/**
 * Keeps other processes of this program from working in a folder at the same time. What a process that is gone has
 * left is taken over, and so is the lock of another machine, about whose processes nothing can be known.
 * @param folder is made where it is missing
 * @returns gives the folder free
 * @throws when a process that is alive works there
 */
export async function lockFolder(
  folder: string,
  { name, alone = name === undefined }: LockOptions = {},
): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const file = name === undefined ? LOCK_FILE : `${LOCK_FILE}-${name}`;
  const path = join(folder, file);
  const release = async () => {
    held.delete(path);
    await rm(path, { force: true });
  };
  for (;;) {
    try {
      await writeFile(path, `${process.pid} ${hostname()}`, { flag: 'wx' });
      held.add(path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw explainFileError(error, `cannot write ${path}`);
    }
    await refuseOwner(folder, path);
    await rm(path, { force: true });
  }
  try {
    const names = alone ? await readdir(folder) : [LOCK_FILE];
    for (const other of names.filter((other) => other.startsWith(LOCK_FILE) && other !== file))
      await refuseOwner(folder, join(folder, other));
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

/** @throws when the process that a lock names is alive */
async function refuseOwner(folder: string, path: string): Promise<void> {
  const [pid, host = hostname()] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  const owner = Number(pid);
  const works = host === hostname() && (owner === process.pid ? held.has(path) : isAlive(owner));
  if (works)
    throw new Error(`folder "${folder}": process ${owner} is working in it; wait for it to end, or stop it`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
