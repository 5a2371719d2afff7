/** The run folder of a job, brought home as if it had been trained here. */
import { cp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { engineOf } from '../engines/registry.ts';
import { requestOf, type LaunchRecord } from './record.ts';
import { runCommand, type CommandOptions } from './run-command.ts';

/**
 * @param to absolute path; what is there already stays unless the job has it too
 * @returns whether anything had to be copied
 * @throws when the run folder is nowhere to be seen
 */
export async function fetchRun(
  record: LaunchRecord,
  to: string,
  options: CommandOptions = {},
): Promise<boolean> {
  const { out } = record.spec.job;
  if (resolve(out) === resolve(to)) return false;
  const engine = engineOf(record.spec.engine);
  const commands = engine.fetch?.(requestOf(record), to);
  if (!commands) {
    if (!existsSync(out))
      throw new Error(`run folder ${out}: not to be seen from here; run "orrery fetch" where it is mounted`);
    // Times stay, so that a second copy can be compared.
    await cp(out, to, { recursive: true, preserveTimestamps: true });
    return true;
  }
  for (const command of commands) await runCommand(command, options);
  return true;
}
