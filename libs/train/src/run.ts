/** The run folder: what was trained on what, and how. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from '@orrery/storage';
import { z } from 'zod';
import { trainingSchema } from './training.ts';
import { worldSchema } from './world.ts';

/** `run.json`. */
export const runSchema = z.strictObject({
  format: z.literal('orrery.run'),
  version: z.literal(1),
  family: z.string(),
  /** The family's configuration, every field of it. */
  config: z.record(z.string(), z.unknown()),
  training: trainingSchema,
  world: worldSchema,
  dataset: z.strictObject({
    name: z.string(),
    size: z.string(),
    seed: z.int(),
    checksum: z.string(),
    /** Where it lay. */
    path: z.string(),
  }),
  /** Git revision of the program. */
  revision: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Number of values that are learned. */
  parameters: z.int(),
  /** Of matrix products and convolutions, forward and backward. */
  flopsPerStep: z.number(),
});
export type Run = z.infer<typeof runSchema>;

export const RUN_FILE = 'run.json';

/** @throws when the folder holds no run, or run.json is damaged or of a newer version */
export async function loadRun(folder: string): Promise<Run> {
  const run = await findRun(folder);
  if (run) return run;
  throw new Error(
    `run "${folder}": not found (no ${RUN_FILE}); train one with "orrery train", or check the name`,
  );
}

/** The run in a folder, or undefined where there is none. */
export async function findRun(folder: string): Promise<Run | undefined> {
  const path = join(folder, RUN_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw explainFileError(error, `cannot read ${path}`);
  }
  const damaged = (problem: string) =>
    new Error(`run "${folder}": ${RUN_FILE} ${problem}; restore it, or train again with "--fresh"`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('is no JSON');
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format === 'orrery.run' && version !== 1) {
    throw new Error(`run "${folder}": version ${String(version)}, this program knows version 1; update it`);
  }
  const result = runSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw damaged(`field "${issue.path.join('.')}": ${issue.message}`);
}

/** What decides the numbers of a training; equal where one can continue the other. */
function identity({ family, config, training, world, dataset }: Run): Record<string, unknown> {
  // How threads compute, what stays on disk, and how long it goes on may differ from one start to the next.
  const { threads: _threads, spinning: _spinning, keep: _keep, patience: _patience, ...schedule } = training;
  const { path: _path, name: _name, size: _size, ...data } = dataset;
  return {
    family,
    ...prefixed('model', config),
    ...prefixed('training', schedule),
    ...worldIdentity(world),
    ...prefixed('dataset', data),
  };
}

function worldIdentity(world: Run['world']): Record<string, unknown> {
  if (world.sees === 'states') {
    // They follow from the dataset and the share that is held out.
    const { statistics: _statistics, ...others } = world;
    return prefixed('world', others);
  }
  const { sees: _sees, actions, ...frame } = world;
  // Without actions, what earlier versions began goes on.
  return { ...prefixed('frame', frame), ...(actions > 0 ? { 'frame.actions': actions } : {}) };
}

function prefixed(prefix: string, record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** The settings in which two runs differ, for an error: `training.batch (16, not 8)`. */
export function differences(wanted: Run, found: Run): string[] {
  const [a, b] = [identity(wanted), identity(found)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names
    .filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map((name) => `${name} (${JSON.stringify(b[name])}, not ${JSON.stringify(a[name])})`);
}

/** SHA-256 (hex) of what decides the numbers of a training. */
export function configHash(run: Run): string {
  const sorted = Object.entries(identity(run)).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
