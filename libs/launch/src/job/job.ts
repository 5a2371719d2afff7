/** A job's life through its engine's own command line: submit, ask, read, stop, bring home. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder, writeFileAtomic } from '@orrery/storage';
import type { JobState, Request, Upload } from '../engines/engine.ts';
import { engineOf } from '../engines/registry.ts';
import type { EngineName } from '../spec/schema.ts';
import { requestOf, writeRecord, type LaunchRecord } from './record.ts';
import { runCommand, type CommandOptions } from './run-command.ts';

/** Writes an engine's files into their folder. @returns their names */
export async function writeFiles(request: Request): Promise<string[]> {
  const files = engineOf(request.spec.engine).files(request);
  await makeFolder(request.folder);
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(request.folder, name), text);
  return Object.keys(files);
}

/** Whether an engine brings folders to its machines. */
export function canUpload(name: EngineName): boolean {
  return engineOf(name).upload !== undefined;
}

/**
 * Writes the files, submits them, and records what the engine called them, after each step: what was submitted before a
 * failure can be stopped.
 * @param home the local run folder
 * @param options.uploads folders to bring there first, of engines that can (`canUpload`)
 */
export async function submit(
  home: string,
  launch: Omit<LaunchRecord, 'ids' | 'submitted' | 'format' | 'version'>,
  options: CommandOptions & { readonly uploads?: readonly Upload[] } = {},
): Promise<LaunchRecord> {
  const request = requestOf(launch);
  await writeFiles(request);
  const { uploads = [] } = options;
  const carried = uploads.length > 0 ? engineOf(launch.spec.engine).upload?.(request, uploads) : [];
  for (const command of carried ?? []) await runCommand(command, options);
  let record: LaunchRecord = {
    ...{ format: 'orrery.launch', version: 1, ...launch, ids: {} },
    submitted: new Date().toISOString(),
  };
  for (const step of engineOf(launch.spec.engine).submit(request)) {
    const output = await runCommand(step.command(record.ids), options);
    const id = step.id?.(output);
    if (id === '')
      throw new Error(
        `${launch.spec.engine}: step "${step.name}" printed no name of a job: ${output.trim()}`,
      );
    if (id === undefined) continue;
    record = { ...record, ids: { ...record.ids, [step.name]: id } };
    await writeRecord(home, record);
  }
  return record;
}

export async function jobState(record: LaunchRecord, options: CommandOptions = {}): Promise<JobState> {
  const { state, failure, queries } = await ask(record, options);
  if (failure !== undefined && queries === 1) throw failure;
  return state;
}

/** @returns "unknown" with the first failure, where no query knows the job */
async function ask(record: LaunchRecord, options: CommandOptions) {
  const queries = engineOf(record.spec.engine).status(requestOf(record), record.ids);
  let failure: unknown;
  for (const { command, parse } of queries) {
    try {
      const state = parse(await runCommand(command, options));
      if (state !== 'unknown') return { state, queries: queries.length };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      // The next one may know: squeue forgets what has ended, and sacct may not be there.
      failure ??= error;
    }
  }
  return { state: 'unknown' as const, failure, queries: queries.length };
}

export const hasEnded = (state: JobState): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'stopped';

/**
 * Asks until the job has ended, at most `seconds`.
 * @param options.patience seconds in which an engine may fail to answer, or not know the job
 * @returns its last state
 * @throws when the engine fails at once, or does not know the job for longer than that
 */
export async function waitForEnd(
  record: LaunchRecord,
  options: CommandOptions & {
    readonly seconds?: number;
    readonly interval?: number;
    readonly patience?: number;
    readonly onState?: (state: JobState) => void | Promise<void>;
  } = {},
): Promise<JobState> {
  const { seconds = Infinity, interval = 2, patience = 300, onState } = options;
  const { name, engine } = record.spec;
  const { forgetsStopped } = engineOf(engine);
  const now = () => performance.now() / 1000;
  const started = now();
  let known: number | undefined;
  for (;;) {
    const { state, failure, queries } = await ask(record, options);
    if (state !== 'unknown') known = now();
    // What is wrong from the start stays wrong: a program that is missing, credentials that have expired.
    else if (known === undefined && failure !== undefined && queries === 1) throw failure;
    else if (known !== undefined && failure === undefined && forgetsStopped) return 'stopped';
    else if (now() - (known ?? started) > patience) {
      const why = failure instanceof Error ? ` (${failure.message})` : '';
      throw new Error(
        `job "${name}": ${engine} has known nothing of it for ${patience} s${why}; ask its own tools for ${Object.values(record.ids).join(', ')}`,
      );
    }
    await onState?.(state);
    if (hasEnded(state) || now() - started > seconds) return state;
    await sleep(interval * 1000, undefined, { signal: options.signal });
  }
}

/** Tells the engine to end the job, and waits until it has. @returns its last state */
export async function stopJob(
  record: LaunchRecord,
  options: CommandOptions & { readonly seconds?: number } = {},
): Promise<JobState> {
  const before = await jobState(record, options);
  if (hasEnded(before)) return before;
  const engine = engineOf(record.spec.engine);
  for (const command of engine.stop(requestOf(record), record.ids)) await runCommand(command, options);
  if (engine.forgetsStopped && (await jobState(record, options)) === 'unknown') return 'stopped';
  return waitForEnd(record, { ...options, seconds: options.seconds ?? 300, interval: 1 });
}

/** What the job printed. */
export async function jobLogs(record: LaunchRecord, options: CommandOptions = {}): Promise<string> {
  const logs = engineOf(record.spec.engine).logs(requestOf(record), record.ids);
  if ('command' in logs) return runCommand(logs.command, options);
  const names = (await readdir(record.folder).catch(() => [] as string[])).filter((name) =>
    logs.files.test(name),
  );
  const texts = await Promise.all(
    names.sort().map(async (name) => `==> ${name}\n${await readFile(join(record.folder, name), 'utf8')}`),
  );
  return texts.join('\n');
}
