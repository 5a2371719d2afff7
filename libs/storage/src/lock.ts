import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from './explain.ts';
import { makeFolder } from './folder.ts';

const LOCK_FILE = '.lock';

/**
 * Keeps other processes of this program from working in a folder at the same time. What a process that is gone has
 * left is taken over.
 * @param folder is made where it is missing
 * @returns gives the folder free
 * @throws when a process that is alive works there
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const path = join(folder, LOCK_FILE);
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw explainFileError(error, `cannot write ${path}`);
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(owner))
      throw new Error(
        `folder "${folder}": process ${owner} is working in it; wait for it to end, or stop it`,
      );
    await rm(path, { force: true });
  }
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
