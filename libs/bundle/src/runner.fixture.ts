/** For tests: small datasets and trainings, and the runner as a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { readMetrics, train, type StepLine, type TrainingRequest } from '@orrery/train';

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'orrery-bundle-'));

/** Pictures of 16x16 pixels; of a scene in which something acts, where asked for. */
export async function makeDataset(
  folder: string,
  scene: 'bounce' | 'pendulum' | 'push' = 'bounce',
): Promise<string> {
  const spec = datasetSpecSchema.parse({
    ...{ name: 'small', scene, frames: 10, episodes: { train: 14, test: 2 } },
    ...{ width: 16, height: 16, pictures: ['rgb'] },
  });
  await generateDataset({ spec, size: 'tiny', seed: 4, folder, workers: 1 });
  return folder;
}

/** Small enough to compile in seconds; widths divide by 8, so that meshes of 8 can cut them. */
const small: Readonly<Record<string, object>> = {
  'residual-conv': { width: 16, blocks: 1, unroll: 2 },
  'state-mlp': { width: 32, unroll: 2 },
  'state-transformer': { context: 2, width: 32, blocks: 1 },
  gns: { history: 2, rounds: 1, latent: 16, layers: 1 },
  'diffusion-forcing': { context: 2, frames: 4, patch: 4, width: 32, blocks: 1, heads: 4, condition: 32 },
};

export const STEPS = 20;

export async function requestFor(
  family: string,
  data: string,
  training: TrainingRequest['training'] = {},
): Promise<TrainingRequest> {
  return {
    ...{
      family,
      config: small[family] ?? {},
      dataset: await openFolder(data),
      datasetPath: data,
      revision: 'test',
    },
    training: {
      ...{
        steps: STEPS,
        batch: 8,
        stepsPerCall: 5,
        warmup: 2,
        average: 0.9,
        checkpointEvery: 8,
        validateEvery: STEPS,
      },
      ...{ validationClips: 8, threads: 1, learningRate: 2e-3, seed: 7 },
      ...training,
    },
  };
}

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The lines of standard output. */
  readonly events: readonly { readonly event: string; readonly step?: number }[];
  readonly stderr: string;
}

/**
 * Runs a bundle's runner.
 * @param onEvent may kill it
 */
export function run(
  python: string,
  bundle: string,
  args: readonly string[],
  onEvent: (event: Ran['events'][number], child: ChildProcess) => void = () => {},
): Promise<Ran> {
  const events: Ran['events'][number][] = [];
  const { ended } = startPython(
    python,
    [join(bundle, 'run.py'), bundle, '--platform', 'cpu', ...args],
    (event, child) => {
      events.push(event as Ran['events'][number]);
      onEvent(events.at(-1)!, child);
    },
    { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  );
  return ended.then((end) => ({ ...end, events }));
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Omit<Ran, 'events'>>;
}

/** @param onEvent called for each line of standard output, which is JSON */
export function startPython(
  python: string,
  words: readonly string[],
  onEvent: (event: Record<string, unknown>, child: ChildProcess) => void,
  env: NodeJS.ProcessEnv = process.env,
): Started {
  const child = spawn(python, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let [stderr, rest] = ['', ''];
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  child.stdout.on('data', (text: Buffer) => {
    const lines = (rest + text.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onEvent(JSON.parse(line) as Record<string, unknown>, child);
  });
  const ended = new Promise<Omit<Ran, 'events'>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, ended };
}

/** Of updates 1, 2, ... in a run folder. */
export async function lossesIn(folder: string): Promise<number[]> {
  const lines = (await readMetrics(folder)).filter((line): line is StepLine => 'loss' in line);
  if (lines.every(({ step }, i) => step === i + 1)) return lines.map(({ loss }) => loss);
  throw new Error(`${folder}: steps ${lines.map(({ step }) => step).join(', ')}`);
}

/** Losses of the validations in a run folder. */
export async function validationsIn(folder: string): Promise<number[]> {
  return (await readMetrics(folder)).flatMap((line) => ('validation' in line ? [line.validation.loss] : []));
}

/** Trains on onnxruntime. @returns the losses */
export async function trainHere(request: TrainingRequest, folder: string): Promise<number[]> {
  await train({ ...request, folder });
  return lossesIn(folder);
}

/** Trains with the runner to its end. @param options.data of a bundle that does not bring it @returns the losses */
export async function trainOnXla(
  python: string,
  bundle: string,
  {
    data,
    out,
    args = [],
  }: { readonly data?: string; readonly out: string; readonly args?: readonly string[] },
): Promise<number[]> {
  const given = data === undefined ? [] : ['--data', data];
  const { code, stderr } = await run(python, bundle, [...given, '--out', out, ...args]);
  if (code !== 0 || stderr !== '') throw new Error(`runner: exit code ${code}: ${stderr}`);
  return lossesIn(out);
}

/** The largest relative difference; Infinity where there is not one for each. */
export function furthest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.abs(b[i])));
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
