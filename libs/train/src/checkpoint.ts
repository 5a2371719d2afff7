/**
 * Checkpoints of a run: `checkpoints/step-00000500.safetensors` with the arrays, then `step-00000500.json` with what
 * belongs to them. Each is written whole or not at all, the JSON last: where it is, the checkpoint is complete.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError, removePartialFiles, writeFileAtomic, writeJsonAtomic } from '@orrery/storage';
import { z } from 'zod';
import { joinParts } from './checkpoint-parts.ts';
import { decodeSafetensors, encodeSafetensors, type NamedArray, type Safetensors } from './safetensors.ts';

const checkpointSchema = z
  .strictObject({
    format: z.literal('orrery.checkpoint'),
    version: z.literal(1),
    /** Updates done. */
    step: z.int().min(0),
    /** The next clip of the order: its epoch, and its place there. */
    cursor: z.strictObject({ epoch: z.int().min(0), position: z.int().min(0) }),
    seed: z.int(),
    /** `configHash` of the run. */
    config: z.string(),
    /** Loss on the validation clips at this step, if it was measured. */
    validationLoss: z.number().optional(),
    /** SHA-256 (hex) of the safetensors file. */
    sha256: z.string().optional(),
    /** Its files in place of that one, where several processes wrote it (`joinParts`). */
    parts: z
      .array(
        z.strictObject({ file: z.string().regex(/^step-\d{8}\.[\w-]+\.safetensors$/), sha256: z.string() }),
      )
      .min(1)
      .readonly()
      .optional(),
  })
  .refine(
    ({ sha256, parts }) => (sha256 === undefined) !== (parts === undefined),
    'either "sha256" or "parts"',
  );
export type CheckpointInfo = z.infer<typeof checkpointSchema>;

export interface Checkpoint {
  readonly info: CheckpointInfo;
  /** The state by `stateName`. */
  readonly arrays: Readonly<Record<string, NamedArray>>;
}

const NAME = /^step-(\d{8})\.json$/;

/** Path of a checkpoint's arrays. */
export function checkpointFile(folder: string, step: number): string {
  return checkpointPath(folder, step, 'safetensors');
}

function checkpointPath(folder: string, step: number, extension: 'safetensors' | 'json'): string {
  return join(folder, 'checkpoints', `step-${String(step).padStart(8, '0')}.${extension}`);
}

export async function writeCheckpoint(
  folder: string,
  info: Omit<CheckpointInfo, 'format' | 'version' | 'sha256' | 'parts'>,
  arrays: Checkpoint['arrays'],
): Promise<void> {
  const bytes = encodeSafetensors({ arrays, metadata: { format: 'orrery', step: String(info.step) } });
  await writeFileAtomic(checkpointFile(folder, info.step), bytes);
  await writeJsonAtomic(checkpointPath(folder, info.step, 'json'), {
    format: 'orrery.checkpoint',
    version: 1,
    ...info,
    sha256: sha256(bytes),
  } satisfies CheckpointInfo);
}

/** All complete checkpoints, by step. @throws when one's JSON is damaged */
export async function listCheckpoints(folder: string): Promise<CheckpointInfo[]> {
  const names = await namesIn(join(folder, 'checkpoints'));
  const steps = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  return Promise.all(steps.sort((a, b) => a - b).map((step) => readInfo(folder, step)));
}

/** None where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw explainFileError(error, `cannot read ${folder}`);
  });
}

async function readInfo(folder: string, step: number): Promise<CheckpointInfo> {
  const path = checkpointPath(folder, step, 'json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, `cannot read ${path}`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = checkpointSchema.safeParse(value);
  if (result.success && result.data.step === step) return result.data;
  throw new Error(
    `checkpoint ${path}: damaged; delete it to use the one before, or train again with "--fresh"`,
  );
}

/** The one with the lowest validation loss; the newest where none was validated. */
export function bestOf(checkpoints: readonly CheckpointInfo[]): CheckpointInfo | undefined {
  const validated = checkpoints.filter(({ validationLoss }) => validationLoss !== undefined);
  if (validated.length === 0) return checkpoints.at(-1);
  return validated.reduce((best, other) => (other.validationLoss! < best.validationLoss! ? other : best));
}

/** @throws when the arrays are missing, truncated, or not those that were written */
export async function readCheckpoint(folder: string, info: CheckpointInfo): Promise<Checkpoint> {
  if (info.parts === undefined) {
    return { info, arrays: (await readArrays(checkpointFile(folder, info.step), info.sha256!)).arrays };
  }
  const parts = info.parts.map(async ({ file, sha256: wanted }) => {
    const path = join(folder, 'checkpoints', file);
    return { ...(await readArrays(path, wanted)), what: `checkpoint ${path}` };
  });
  return { info, arrays: joinParts(await Promise.all(parts)) };
}

async function readArrays(path: string, wanted: string): Promise<Safetensors> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw explainFileError(error, `cannot read checkpoint ${path}`);
  });
  const read = decodeSafetensors(bytes, `checkpoint ${path}`);
  if (sha256(bytes) === wanted) return read;
  throw new Error(
    `checkpoint ${path}: its bytes are not those that were written; delete it and its .json to use the one before`,
  );
}

/** The files of a checkpoint's arrays. */
function filesOf(folder: string, { step, parts }: Pick<CheckpointInfo, 'step' | 'parts'>): string[] {
  return parts?.map(({ file }) => join(folder, 'checkpoints', file)) ?? [checkpointFile(folder, step)];
}

/** Deletes all but the last `keep` and the best, and what interrupted writes left. */
export async function pruneCheckpoints(folder: string, keep: number): Promise<void> {
  const all = await listCheckpoints(folder);
  const best = bestOf(all)?.step;
  const kept = new Set([...all.slice(-keep).map(({ step }) => step), best]);
  for (const info of all.filter(({ step }) => !kept.has(step))) {
    // The JSON goes first: arrays alone are no checkpoint, a JSON alone would be a damaged one.
    await rm(checkpointPath(folder, info.step, 'json'), { force: true });
    for (const file of filesOf(folder, info)) await rm(file, { force: true });
  }
  const complete = new Set(all.flatMap((info) => filesOf(folder, info)));
  for (const name of await namesIn(join(folder, 'checkpoints'))) {
    const path = join(folder, 'checkpoints', name);
    if (name.endsWith('.safetensors') && !complete.has(path)) await rm(path, { force: true });
  }
  await removePartialFiles(join(folder, 'checkpoints'));
}

/** Of a file's bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
