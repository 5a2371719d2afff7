/** The memory that training takes beside what the cost model predicts, in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface TrainingMemory {
  /** Bytes by the cost model: values alive at one time, and the copies that onnxruntime-node makes of results. */
  readonly predicted: number;
  /** Bytes by which the largest resident set grows when the first call runs. */
  readonly measured: number;
}

/** Of the case of that name. */
export async function measureMemory(name: string, threads: number): Promise<TrainingMemory> {
  const child = fileURLToPath(new URL('./memory-child.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, name, String(threads)]);
  return JSON.parse(stdout) as TrainingMemory;
}
