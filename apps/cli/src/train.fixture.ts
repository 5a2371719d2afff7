/** Fifty updates of residual-conv on a dataset: run in Node and, bundled, in a page. */
import type { Loop } from '@orrery/graph';
import { openUrl } from '@orrery/dataset';
import type { Session } from '@orrery/onnx';
import { createSession, type SessionOptions } from '@orrery/onnx/web';
import { trainInMemory, usedParameters, type InMemoryOptions } from '@orrery/train/in-memory';

export const STEPS = 50;

/** Of a small model on 16x16 pictures. */
export const request = {
  family: 'residual-conv',
  config: { width: 8, blocks: 1 },
  training: { steps: STEPS, stepsPerCall: 10, batch: 4, warmup: 5, average: 0.9, seed: 3 },
};

export interface Trained {
  readonly losses: readonly number[];
  /** Of the weights that are used: the mean of each array. */
  readonly means: Readonly<Record<string, number>>;
}

export async function trainFifty(
  dataset: InMemoryOptions['dataset'],
  openSession: (loop: Loop) => Promise<Session>,
): Promise<Trained> {
  const losses: number[] = [];
  const { state } = await trainInMemory({
    ...{ ...request, dataset, openSession },
    onUpdates: (updates) => losses.push(...updates.map(({ loss }) => loss)),
  });
  const means = Object.entries(usedParameters(state)).map(([name, { data }]) => [
    name,
    data.reduce((sum, value) => sum + value, 0) / data.length,
  ]);
  return { losses, means: Object.fromEntries(means) as Record<string, number> };
}

/** In a page: clips come from the dataset's folder behind its server. */
export async function trainInPage(url: string, options: SessionOptions): Promise<Trained> {
  return trainFifty(await openUrl(url), (loop) => createSession(loop, options));
}
