/** What all bundles hold besides their programs, and how a bundle becomes a folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic, writeJsonAtomic, writeWholeFolder } from '@orrery/storage';
import { encodeSafetensors, type NamedArray } from '@orrery/train';

export interface TrainingStart {
  /** Updates that are done. */
  readonly step: number;
  readonly state: Readonly<Record<string, NamedArray>>;
  /** Updates in all. */
  readonly steps: number;
  /** Of updates 1, 2, ... */
  readonly learningRate: (step: number) => number;
}

/** Where a training begins and the learning rates that it goes through, by file name. */
export function trainingFiles({
  step,
  state,
  steps,
  learningRate,
}: TrainingStart): Record<string, Uint8Array> {
  const rates = Float32Array.from({ length: steps }, (_, i) => learningRate(i + 1));
  return {
    'state.safetensors': encodeSafetensors({
      arrays: state,
      metadata: { format: 'orrery', step: String(step) },
    }),
    'schedule.safetensors': encodeSafetensors({
      arrays: { learningRate: { shape: [steps], data: rates } },
      metadata: {},
    }),
  };
}

/**
 * Writes the whole folder or nothing.
 * @param runner names of files of the runner that go with it
 * @param json contents by file name, the last of which says that the others are there
 * @throws when `out` is there already
 */
export async function writeBundleFolder(
  out: string,
  files: Readonly<Record<string, Uint8Array>>,
  runner: readonly string[],
  json: Readonly<Record<string, unknown>>,
): Promise<void> {
  const all = { ...files };
  for (const name of runner)
    all[name] = await readFile(fileURLToPath(new URL(`../runner/${name}`, import.meta.url)));
  await writeWholeFolder(out, async (temporary) => {
    for (const [name, bytes] of Object.entries(all)) await writeFileAtomic(join(temporary, name), bytes);
    for (const [name, value] of Object.entries(json)) await writeJsonAtomic(join(temporary, name), value);
  });
}
