/** How much of a training's time is not the runtime's: reading, copying state, logging, waiting. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetSpecSchema } from '@orrery/dataset';
import { datasets } from '@orrery/datasets';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { train } from '@orrery/train';

export interface Overhead {
  /** Number of values that are learned. */
  readonly parameters: number;
  /** s of a step, everything included */
  readonly secondsPerStep: number;
  /** The fraction of it that is not onnxruntime's run. */
  readonly fraction: number;
}

const CALLS = 4;
const STEPS_PER_CALL = 10;

/**
 * `orrery train` itself on a dataset on disk, with 10 M parameters. What onnxruntime's own trace says its runs took is
 * subtracted from the time between the calls' ends; the first call, which also opens the session, is left out.
 */
export async function measureOverhead(folder: string, threads: number): Promise<Overhead> {
  const data = join(folder, 'data');
  const spec = datasetSpecSchema.parse(datasets['bounce']!.sizes['tiny']!);
  await generateDataset({ spec, size: 'tiny', seed: 0, folder: data, workers: threads });
  const ends: number[] = [];
  const { parameters } = await train({
    ...{ family: 'residual-conv', config: { width: 240, blocks: 9, unroll: 1 }, revision: 'benchmark' },
    ...{ dataset: await openFolder(data), datasetPath: data, folder: join(folder, 'run') },
    training: {
      ...{ steps: CALLS * STEPS_PER_CALL, stepsPerCall: STEPS_PER_CALL, batch: 2, warmup: 0, threads },
      ...{
        optimizer: 'adamw',
        learningRate: 1e-4,
        validationFraction: 0,
        checkpointEvery: CALLS * STEPS_PER_CALL,
      },
    },
    ...{ readInWorker: true, profile: join(folder, 'trace') },
    onProgress: () => ends.push(performance.now()),
  });
  const runs = await tracedRuns(folder);
  if (runs.length !== CALLS) throw new Error(`onnxruntime's trace has ${runs.length} runs of ${CALLS}`);
  const wall = (ends.at(-1)! - ends[0]!) / 1000;
  const inside = runs.slice(1).reduce((sum, seconds) => sum + seconds, 0);
  const steps = (CALLS - 1) * STEPS_PER_CALL;
  return { parameters, secondsPerStep: wall / steps, fraction: 1 - inside / wall };
}

/** s of each run, in their order, from the trace that onnxruntime wrote. */
async function tracedRuns(folder: string): Promise<number[]> {
  const file = (await readdir(folder)).find((name) => name.startsWith('trace'));
  const events = JSON.parse(await readFile(join(folder, file!), 'utf8')) as { name: string; dur: number }[];
  return events.filter(({ name }) => name === 'model_run').map(({ dur }) => dur / 1e6);
}
