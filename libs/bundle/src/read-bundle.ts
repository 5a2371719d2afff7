/** Reads what a bundle says of itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from '@orrery/storage';
import { loadRun, type Run } from '@orrery/train';
import type { z } from 'zod';
import { bundleSchema, flopsSchema, sampleBundleSchema, type Bundle, type Flops } from './manifest.ts';

export interface ReadBundle {
  readonly bundle: Bundle;
  readonly flops: Flops;
  readonly run: Run;
}

/** @throws when the folder holds no bundle, a damaged one, or one of samples */
export async function readBundle(folder: string): Promise<ReadBundle> {
  return {
    bundle: await readPart(folder, 'io.json', bundleSchema),
    flops: await readPart(folder, 'flops.json', flopsSchema),
    run: await loadRun(folder),
  };
}

async function readPart<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, `bundle "${folder}": cannot read ${file}`);
  });
  const damaged = (problem: string) =>
    new Error(
      `bundle "${folder}": ${file} ${problem}; write it again with "orrery export --format stablehlo"`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('is no JSON');
  }
  if (sampleBundleSchema.safeParse(value).success)
    throw new Error(
      `bundle "${folder}": it holds a model of samples, which imagines nothing; name one of a model of clips`,
    );
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw damaged(`field "${issue.path.join('.')}": ${issue.message}`);
}
