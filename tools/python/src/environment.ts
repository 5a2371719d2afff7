/**
 * The Python that cross-checks run in: a virtual environment in the repository, made on first use.
 *
 * Nothing that Orrery does needs Python. Tests use it to ask `zarr`, `onnx` and NumPy for their opinion, and skip with
 * a reason where it cannot be had.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { pythonVariables, runPython } from './run.ts';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('../requirements.txt', import.meta.url));

/** What the pinned packages ask for. */
const OLDEST_PYTHON = [3, 11] as const;
const INTERPRETERS = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];

const LOCK = '.lock';
const STAMP = '.requirements.sha256';
const FAILURE = '.failure.json';
/** ms for which other processes believe a failed installation instead of waiting for the network again. */
const FAILURE_HOLDS = 60_000;

export interface EnvironmentOptions {
  /** Folder of the environment; `.venv` at the repository's root by default. */
  readonly folder?: string;
  /** A pip requirements file; this package's own by default. */
  readonly requirements?: string;
  /** A module that the machine's Python must have, and that the environment takes over from it. */
  readonly module?: string;
  /** Environment variables, of which PATH decides where Python is looked for. */
  readonly variables?: NodeJS.ProcessEnv;
  /** ms without a sign of life after which another process that builds is taken to be dead. */
  readonly staleAfter?: number;
}

export type PythonEnvironment = { readonly python: string } | { readonly skipped: string };

const ready = new Map<string, Promise<PythonEnvironment>>();

/**
 * The project's Python with the packages of `requirements.txt`, made by the first process that asks.
 *
 * Any number of processes may ask at once: one builds, the others wait. Later calls read one small file.
 * @returns the interpreter's path, or why there is none: no Python 3.11, no venv module, no network, no room; the
 *   reason also goes to standard error, since test runners do not print the titles of skipped tests
 */
export function pythonEnvironment(options: EnvironmentOptions = {}): Promise<PythonEnvironment> {
  const folder = resolve(options.folder ?? join(ROOT, '.venv'));
  const settings = {
    folder,
    requirements: options.requirements ?? REQUIREMENTS,
    module: options.module ?? '',
    variables: options.variables ?? process.env,
    staleAfter: options.staleAfter ?? 20_000,
  };
  const key = JSON.stringify([folder, settings.requirements, settings.variables.PATH]);
  const known = ready.get(key);
  if (known !== undefined) return known;
  const made = prepare(settings)
    .catch((error: Error) => ({ skipped: `no Python environment: ${error.message}` }))
    .then((environment) => {
      if ('skipped' in environment) process.stderr.write(`cross-checks skipped: ${environment.skipped}\n`);
      return environment;
    });
  ready.set(key, made);
  return made;
}

/**
 * A Python with PyTorch: the machine's own, with `requirements-torch.txt` on top.
 * @returns the interpreter's path, or why there is none
 */
export const torchEnvironment = (): Promise<PythonEnvironment> =>
  pythonEnvironment({
    folder: join(ROOT, '.venv-torch'),
    requirements: fileURLToPath(new URL('../requirements-torch.txt', import.meta.url)),
    module: 'torch',
  });

/**
 * A Python with JAX: with what a bundle's runner asks for, which is what it is tested with.
 * @returns the interpreter's path, or why there is none
 */
export const jaxEnvironment = (): Promise<PythonEnvironment> =>
  pythonEnvironment({
    folder: join(ROOT, '.venv-jax'),
    requirements: join(ROOT, 'libs/bundle/runner/requirements.txt'),
  });

/**
 * A Python that reads what is made for the engines of clusters, by `requirements-launch.txt`.
 * @returns the interpreter's path, or why there is none
 */
export const launchEnvironment = (): Promise<PythonEnvironment> =>
  pythonEnvironment({
    folder: join(ROOT, '.venv-launch'),
    requirements: fileURLToPath(new URL('../requirements-launch.txt', import.meta.url)),
  });

/**
 * A Python with Ray, by `requirements-ray.txt`.
 * @returns the interpreter's path, or why there is none
 */
export const rayEnvironment = (): Promise<PythonEnvironment> =>
  pythonEnvironment({
    folder: join(ROOT, '.venv-ray'),
    requirements: fileURLToPath(new URL('../requirements-ray.txt', import.meta.url)),
  });

async function prepare(settings: Required<EnvironmentOptions>): Promise<PythonEnvironment> {
  const { folder, requirements, staleAfter } = settings;
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const python = join(folder, 'bin', 'python');
  if (await isWhole(folder, hash)) return { python };
  const interpreter = await findInterpreter(settings.variables, settings.module);
  await mkdir(folder, { recursive: true });
  return withLock(join(folder, LOCK), { staleAfter }, async () => {
    if (await isWhole(folder, hash)) return { python };
    const before = await recentFailure(folder, hash);
    if (before !== undefined) return { skipped: before };
    try {
      await build(settings, interpreter);
      await writeFile(join(folder, STAMP), hash);
      return { python };
    } catch (error) {
      const reason = (error as Error).message;
      await writeFile(join(folder, FAILURE), JSON.stringify({ hash, time: Date.now(), reason })).catch(
        () => {},
      );
      return { skipped: reason };
    }
  });
}

/** The stamp is written last, so an interrupted build is never taken for a whole one. */
async function isWhole(folder: string, hash: string): Promise<boolean> {
  const stamp = await readFile(join(folder, STAMP), 'utf8').catch(() => '');
  // The interpreter is a link to the system's, which may have gone away since.
  return (
    stamp === hash &&
    (await access(join(folder, 'bin', 'python')).then(
      () => true,
      () => false,
    ))
  );
}

async function recentFailure(folder: string, hash: string): Promise<string | undefined> {
  try {
    const failure = JSON.parse(await readFile(join(folder, FAILURE), 'utf8')) as Record<string, unknown>;
    const age = Date.now() - Number(failure.time);
    return failure.hash === hash && age >= 0 && age < FAILURE_HOLDS ? String(failure.reason) : undefined;
  } catch {
    return undefined; // none, or half written
  }
}

/** The first Python on the path that is new enough, and has the module where one is asked for. */
async function findInterpreter(variables: NodeJS.ProcessEnv, module: string): Promise<string> {
  const [major, minor] = OLDEST_PYTHON;
  const seen: string[] = [];
  // The system's packages belong to the system's Python, which may not be the first on the path.
  for (const name of module ? [...INTERPRETERS, '/usr/bin/python3'] : INTERPRETERS) {
    const program =
      'import sys, importlib.util as u; print("%d.%d" % sys.version_info[:2]); print(sys.executable); ' +
      'print(all(u.find_spec(name) for name in sys.argv[1:]))';
    const answer = await run(name, ['-c', program, ...(module ? [module] : [])], {
      env: pythonVariables(variables),
    }).catch(() => undefined);
    if (answer === undefined) continue;
    const [version, executable, complete] = answer.stdout.trim().split('\n');
    const [itsMajor, itsMinor] = version.split('.').map(Number);
    const recent = itsMajor === major && itsMinor >= minor;
    if (recent && complete !== 'False') return executable;
    seen.push(recent ? `${name} has no ${module}` : `${name} is ${version}`);
  }
  const found = seen.length > 0 ? seen.join(', ') : 'there is no python3 on the path';
  const remedy = seen.some((line) => line.includes(' has no '))
    ? `install it (Debian: apt-get install python3-${module} python3-venv)`
    : `install Python ${major}.${minor} or newer`;
  throw new Error(`${found}; ${remedy}`);
}

/** Makes the environment anew in `folder`, sparing only the lock that protects it. */
async function build(settings: Required<EnvironmentOptions>, interpreter: string): Promise<void> {
  const { folder, requirements, variables } = settings;
  for (const name of await readdir(folder)) {
    if (name !== LOCK) await rm(join(folder, name), { recursive: true, force: true });
  }
  try {
    const inherit = settings.module === '' ? [] : ['--system-site-packages'];
    await runPython(interpreter, '-m', ['venv', ...inherit, folder], variables);
  } catch (error) {
    throw new Error(
      `python3 cannot make a virtual environment (${(error as Error).message}); ` +
        'install its venv module (Debian: apt-get install python3-venv)',
      { cause: error },
    );
  }
  const pip = [
    ...['--disable-pip-version-check', '--no-input', '--quiet', '--retries', '2', '--timeout', '15'],
    ...['install', '--only-binary', ':all:', '--requirement', requirements],
  ];
  try {
    await runPython(join(folder, 'bin', 'python'), '-m', ['pip', ...pip], variables);
  } catch (error) {
    throw new Error(
      `pip cannot install ${requirements} (${(error as Error).message}); check the network connection`,
      { cause: error },
    );
  }
}
