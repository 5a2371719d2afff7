/** For tests: the command as a process. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const orrery = fileURLToPath(new URL('../bin/orrery.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `orrery` in a folder that has data/ and runs/. @param variables of the environment, beside those of this process */
export function runOrrery(
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = {
    ...{ ...process.env, ...variables },
    ...{ ORRERY_DATA: join(folder, 'data'), ORRERY_RUNS: join(folder, 'runs') },
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [orrery, ...args],
      { cwd: folder, env, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}
