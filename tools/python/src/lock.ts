/**
 * A lock between processes: a folder, because making one is atomic on every file system.
 *
 * Its owner renews the folder's modification time. A waiter takes the lock away once it has not seen that time change
 * for a while by its own clock, so neither a killed owner nor a wrong clock can block anybody for ever.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
  /** ms without a sign of life after which an owner is taken to be dead. */
  readonly staleAfter: number;
}

/** Runs `work` while holding the lock `folder`, whose parent exists; waits for its turn. */
export async function withLock<T>(folder: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  await acquire(folder, token, options.staleAfter);
  const renewal = setInterval(() => void renew(folder), options.staleAfter / 8);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if ((await owner(folder)) === token) await rm(folder, { recursive: true, force: true });
  }
}

async function acquire(folder: string, token: string, staleAfter: number): Promise<void> {
  let seen: string | undefined;
  let since = performance.now();
  for (;;) {
    try {
      await mkdir(folder);
      await writeFile(join(folder, 'owner'), token);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const sign = await signOfLife(folder);
    if (sign !== seen) {
      seen = sign;
      since = performance.now();
    } else if (sign !== undefined && performance.now() - since > staleAfter) {
      await takeAway(folder, sign);
    }
    await sleep(Math.min(100, staleAfter / 8));
  }
}

/** Changes whenever the owner does or when it renews; undefined once the lock is gone. */
async function signOfLife(folder: string): Promise<string | undefined> {
  const time = await stat(folder).then(
    (stats) => stats.mtimeMs,
    () => undefined,
  );
  return time === undefined ? undefined : `${await owner(folder)} ${time}`;
}

/** Renaming is atomic, so of several waiters one takes a dead lock; a lock that came to life meanwhile goes back. */
async function takeAway(folder: string, sign: string): Promise<void> {
  const aside = `${folder}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(folder, aside);
  } catch {
    return;
  }
  if (
    (await signOfLife(aside)) !== sign &&
    (await rename(aside, folder).then(
      () => true,
      () => false,
    ))
  )
    return;
  await rm(aside, { recursive: true, force: true });
}

async function renew(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => {});
}

async function owner(folder: string): Promise<string | undefined> {
  return readFile(join(folder, 'owner'), 'utf8').catch(() => undefined);
}
