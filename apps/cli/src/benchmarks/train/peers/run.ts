/** Peers on the same model: each in a process of its own, and its losses must be ours. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import type { TrainingCase } from '../cases.ts';
import type { TransformerSize } from '../reference-models.ts';
import { caseClips, firstParameters } from '../utilisation.ts';
import type { PeerOutcome } from './mlp.ts';

const MINUTES = 60_000;
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The time of a peer's step, or why there is none. */
export type PeerResult = PeerOutcome | { readonly missing: string };

/** @throws when a peer's losses are not ours: then it trains something else */
export function checkLosses(peer: string, theirs: readonly number[], ours: readonly number[]): void {
  const at = theirs.findIndex((loss, i) => !(Math.abs(loss - ours[i]!) <= 2e-3 * Math.abs(ours[i]!)));
  if (at >= 0) throw new Error(`${peer}: its loss at step ${at + 1} is ${theirs[at]}, ours is ${ours[at]}`);
}

export function runJaxJs(): Promise<PeerResult> {
  return run(process.execPath, [here('./jax-js.ts')]);
}

/** Its gradients are found by bundlers only: bundled, with the few names that its wasm loader expects of CommonJS. */
export async function runTensorFlowJs(folder: string): Promise<PeerResult> {
  const file = join(folder, 'tfjs.mjs');
  const backend = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  const commonJs = [
    `import * as nodeModule from 'node:module';`,
    `globalThis.require = nodeModule.createRequire(${JSON.stringify(backend)});`,
    `globalThis.__filename = ${JSON.stringify(backend)};`,
    `globalThis.__dirname = ${JSON.stringify(`${dirname(backend)}/`)};`,
  ];
  await build({
    ...{ configFile: false, logLevel: 'error', root: here('../../../..') },
    ssr: { noExternal: true, resolve: { mainFields: ['module', 'main'] } },
    build: {
      ...{ ssr: here('./tfjs.ts'), outDir: folder, emptyOutDir: false, minify: false },
      rollupOptions: { output: { entryFileNames: 'tfjs.mjs', banner: commonJs.join('\n') } },
    },
  });
  return run(process.execPath, [file]);
}

export const pythonBackends = { torch: 'PyTorch eager', compile: 'torch.compile', jax: 'JAX' } as const;
export type PythonBackend = keyof typeof pythonBackends;

/**
 * The reference transformer in a Python that has the package, in turns with ours, so that what else the machine does falls on
 * both.
 */
export async function runPythonPeer(
  backend: PythonBackend,
  training: TrainingCase,
  { size, folder, pythons, threads, steps, runs, ourTurn }: PythonPeerOptions,
): Promise<PeerResult> {
  const module = backend === 'jax' ? 'jax' : 'torch';
  const python = await firstWith(pythons, module);
  if (!python)
    return { missing: `no ${module} in ${pythons.join(', ')}; name a Python that has it with --python` };
  const problem = join(folder, 'problem');
  await mkdir(problem, { recursive: true });
  const { model, world, batch } = training;
  const { patch, heads, blocks } = size;
  const parameters = firstParameters(training);
  const shapes = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, shape]),
  );
  const clips = [batch, model.clipFrames, world.height, world.width, world.channels];
  const arrays = Object.keys(shapes).map((name) => Buffer.from(parameters[name]!.slice().buffer));
  await writeFile(join(problem, 'parameters.bin'), Buffer.concat(arrays));
  await writeFile(join(problem, 'clips.bin'), caseClips(training));
  await writeFile(
    join(problem, 'problem.json'),
    JSON.stringify({ shapes, clips, patch, heads, blocks, threads, steps }),
  );
  return takeTurns(python, [here('./transformer_peer.py'), backend, problem], runs, ourTurn);
}

/** The fastest of a program's runs, each of which begins with a line that it is given and ends with one that it prints. */
async function takeTurns(
  program: string,
  args: readonly string[],
  runs: number,
  ourTurn: () => Promise<void>,
): Promise<PeerResult> {
  const child = spawn(program, args, { timeout: 20 * MINUTES });
  const stderr = text(child.stderr);
  // It may have ended: then there is no line to read either.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(reasonOf(await stderr) ?? 'it ended early');
    return JSON.parse(value) as unknown;
  };
  try {
    const { version, losses } = (await next()) as Omit<PeerOutcome, 'milliseconds'>;
    let milliseconds = Infinity;
    for (let i = 0; i < runs; i++) {
      await ourTurn();
      child.stdin.write('\n');
      milliseconds = Math.min(milliseconds, (await next()) as number);
    }
    return { version, losses, milliseconds };
  } catch (error) {
    return { missing: (error as Error).message };
  } finally {
    child.stdin.end();
    child.kill();
  }
}

export interface PythonPeerOptions {
  /** Of the reference transformer that the case trains. */
  readonly size: TransformerSize;
  /** For what Python reads. */
  readonly folder: string;
  readonly pythons: readonly string[];
  readonly threads: number;
  /** Of a run: the fastest counts, as the fastest of our calls does. */
  readonly steps: number;
  /** Measured, after one that is not and whose losses are compared. */
  readonly runs: number;
  /** Awaited before each of them. */
  readonly ourTurn: () => Promise<void>;
}

async function firstWith(pythons: readonly string[], module: string): Promise<string | undefined> {
  for (const python of pythons) {
    try {
      await promisify(execFile)(python, ['-c', `import ${module}`], { timeout: 2 * MINUTES });
      return python;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

async function run(program: string, args: readonly string[]): Promise<PeerResult> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 10 * MINUTES });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerOutcome;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return { missing: reasonOf(stderr ?? '') ?? message };
  }
}

function reasonOf(stderr: string): string | undefined {
  const lines = stderr.trim().split('\n');
  // Node prints a stack after an error's name, Python ends with it.
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || undefined);
}
