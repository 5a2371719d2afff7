/** Starting Python, and saying in one line what went wrong there. */
import { execFile } from 'node:child_process';

/** What a test's Python may print before it is taken to be runaway. */
const LARGEST_OUTPUT = 256 * 1024 * 1024;

/** The surroundings of a Python that must see only its own environment's packages, and prints plain text. */
export function pythonVariables(variables: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { PYTHONPATH: _path, PYTHONHOME: _home, FORCE_COLOR: _color, ...rest } = variables;
  return {
    ...rest,
    NO_COLOR: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONIOENCODING: 'utf-8',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/**
 * Runs a Python program to its end, without a shell.
 * @param python the interpreter that `pythonEnvironment` returned
 * @param script path of a .py file; or `-c` or `-m` with the program or the module as the first of `args`
 * @param args what the program finds in `sys.argv[1:]`
 * @returns what it printed on stdout
 * @throws an Error that names the script and carries the last line of stderr, which is where Python names an
 *   uncaught exception; the whole of stderr is the error's `cause`
 */
export function runPython(
  python: string,
  script: string,
  args: readonly string[] = [],
  variables: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: LARGEST_OUTPUT, env: pythonVariables(variables) };
    execFile(python, [script, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const lastLine = stderr.trimEnd().split('\n').at(-1)?.trim() || error.message.split('\n')[0];
      const what = script === '-m' ? `-m ${args[0]}` : script;
      reject(new Error(`python "${what}": ${lastLine}`, { cause: stderr || error }));
    });
  });
}
