/** Frames a second to disk, and the memory that generation needs for datasets of growing sizes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DatasetSpec } from '@orrery/dataset';
import { folderBytes } from '@orrery/storage';

export interface GenerationTask {
  readonly spec: DatasetSpec;
  readonly folder: string;
  readonly workers: number;
}

export interface GenerationOutcome {
  /** s, planning and the start of the workers included */
  readonly seconds: number;
  /** s that all cores together worked for it, the start of the process included */
  readonly cpuSeconds: number;
  /** Bytes: the largest resident set of the process with all its workers. */
  readonly peakMemory: number;
}

export interface Throughput extends GenerationOutcome {
  readonly frames: number;
  /** Bytes of the dataset's files. */
  readonly stored: number;
}

/** Generates a dataset in a process of its own. */
export async function measureGeneration(task: GenerationTask): Promise<Throughput> {
  const child = fileURLToPath(new URL('./child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(task)]);
  const { train, test } = task.spec.episodes;
  return {
    ...(JSON.parse(stdout) as GenerationOutcome),
    frames: (train + test) * task.spec.frames,
    stored: await folderBytes(task.folder),
  };
}
