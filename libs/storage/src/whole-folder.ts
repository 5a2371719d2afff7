import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { temporaryName } from './atomic.ts';
import { explainFileError } from './explain.ts';
import { makeFolder } from './folder.ts';

/**
 * Lets `fill` fill a folder under a temporary name, which then becomes `path`: whoever sees it sees all of it.
 * @throws where `path` is there already; whatever `fill` throws, with nothing left behind
 */
export async function writeWholeFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(path))
    throw new Error(`folder "${path}": there is something already; delete it, or choose another with --out`);
  const temporary = temporaryName(path);
  try {
    await makeFolder(temporary);
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw explainFileError(error, `cannot write ${path}`);
  }
}
