/** `launch.json`: what was submitted, and by which names the engine knows it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError, writeJsonAtomic } from '@orrery/storage';
import { z } from 'zod';
import { catalogue, machineOf, overridesSchema, type Machine } from '../catalogue/catalogue.ts';
import type { Request } from '../engines/engine.ts';
import { runSpecSchema, type RunSpec } from '../spec/schema.ts';

export const LAUNCH_FILE = 'launch.json';

const recordSchema = z.strictObject({
  format: z.literal('orrery.launch'),
  version: z.literal(1),
  spec: runSpecSchema,
  /** Of the catalogue, where it was changed. */
  overrides: overridesSchema.optional(),
  /** Where the engine's files lie. */
  folder: z.string(),
  /** By step. */
  ids: z.record(z.string(), z.string()),
  /** ISO 8601 */
  submitted: z.string(),
});
export type LaunchRecord = z.infer<typeof recordSchema>;

/** The machine that a spec names; undefined for CPUs. */
export function specMachine(
  { target }: Pick<RunSpec, 'target'>,
  overrides?: z.input<typeof overridesSchema>,
): Machine | undefined {
  return target === 'cpu' ? undefined : machineOf(target, catalogue(overrides));
}

export function requestOf({
  spec,
  folder,
  overrides,
}: Pick<LaunchRecord, 'spec' | 'folder' | 'overrides'>): Request {
  return { spec: spec as Request['spec'], machine: specMachine(spec, overrides), folder };
}

/** @param home the local run folder */
export async function writeRecord(home: string, record: LaunchRecord): Promise<void> {
  await writeJsonAtomic(join(home, LAUNCH_FILE), record);
}

/** What was launched from a run folder; undefined where nothing was. @throws when the file is damaged */
export async function findRecord(home: string): Promise<LaunchRecord | undefined> {
  const path = join(home, LAUNCH_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw explainFileError(error, `cannot read ${path}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = recordSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${path}: ${issue.path.join('.')}: ${issue.message}; restore it, or launch again`);
}
