/** The run folder of a job, brought home as if it had been trained here. */
import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { explainFileError, makeFolder, temporaryName } from '@orrery/storage';
import { engineOf } from '../engines/registry.ts';
import { requestOf, type LaunchRecord } from './record.ts';
import { runCommand, type CommandOptions } from './run-command.ts';

/**
 * @param to absolute path; what is there already stays unless the job has it too
 * @returns whether anything had to be copied
 * @throws when the run folder is nowhere to be seen
 */
export async function fetchRun(
  record: LaunchRecord,
  to: string,
  options: CommandOptions = {},
): Promise<boolean> {
  const { job, name } = record.spec;
  if (job.kind === 'serve')
    throw new Error(`service "${name}": it writes no folder; "orrery logs" has what it said`);
  const { out } = job;
  if (resolve(out) === resolve(to)) return false;
  const engine = engineOf(record.spec.engine);
  const from = engine.fetch ? temporaryName(join(to, 'fetched')) : out;
  const run = async (into: string) => {
    for (const command of engine.fetch!(requestOf(record), out, into)) await runCommand(command, options);
  };
  if (engine.fetchesWhole) await run(to);
  else if (engine.fetch) {
    try {
      await run(from);
      await copyWhole(from, to);
    } finally {
      await rm(from, { recursive: true, force: true });
    }
  } else {
    if (!existsSync(out))
      throw new Error(`run folder ${out}: not to be seen from here; run "orrery fetch" where it is mounted`);
    await copyWhole(out, to);
  }
  return true;
}

/**
 * Each file appears whole or not at all, and what says that others are there comes after them. Files of the same size and
 * time are the same.
 */
async function copyWhole(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = entries
    // What the job is writing has a name that begins with a dot.
    .filter((entry) => entry.isFile() && !/^\..*\.partial$/.test(entry.name))
    .map((entry) => relative(from, join(entry.parentPath, entry.name)));
  const [last, first] = [true, false].map((wanted) =>
    paths.filter((path) => path.endsWith('.json') === wanted),
  );
  for (const path of [...first.sort(), ...last.sort()]) {
    const [source, target] = [join(from, path), join(to, path)];
    await copyFileWhole(source, target).catch((error: NodeJS.ErrnoException) => {
      // The job goes on, and forgets old checkpoints.
      if (error.code !== 'ENOENT' || existsSync(source))
        throw explainFileError(error, `cannot write ${target}`);
    });
  }
}

async function copyFileWhole(source: string, target: string): Promise<void> {
  const { size, atime, mtime } = await stat(source);
  const there = await stat(target).catch(() => undefined);
  if (there?.size === size && Math.abs(there.mtimeMs - mtime.getTime()) < 1) return;
  await makeFolder(dirname(target));
  const temporary = temporaryName(target);
  try {
    await copyFile(source, temporary);
    await utimes(temporary, atime, mtime);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
