import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The git revision of the code that runs, with "-dirty" where files differ from it; "unknown" outside a checkout. */
export async function gitRevision(): Promise<string> {
  const here = import.meta.dirname;
  try {
    const options = { cwd: here };
    const run = promisify(execFile);
    const { stdout } = await run(
      'git',
      ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'],
      options,
    );
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
