/** Programs of engines, started with a list of arguments: no shell reads them. */
import { execFile } from 'node:child_process';
import type { CommandLine } from '../engines/engine.ts';
import { quote } from '../spec/shell.ts';

export interface CommandOptions {
  /** Environment of the program; this process's own unless given. */
  readonly variables?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns what it printed
 * @throws when it cannot be started or fails, with its last line
 */
export function runCommand(command: CommandLine, options: CommandOptions = {}): Promise<string> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { env: options.variables ?? process.env, signal: options.signal, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        if (error.name === 'AbortError') return reject(error);
        if (error.code === 'ENOENT')
          return reject(
            new Error(`${program}: not found; run this where the engine's own command line is installed`),
          );
        const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
        const shown = [program, ...args.slice(0, 3)].map(quote).join(' ');
        reject(new Error(`${shown}: ${said || `exit code ${error.code}`}`, { cause: { stdout, stderr } }));
      },
    );
  });
}
