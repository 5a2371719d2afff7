/** Model FLOPs utilisation: the speed of a training beside the best GEMM of the same runtime, in turns. */
import { adamW, initialise, parameterCount } from '@orrery/nn';
import { bestGemm } from '@orrery/onnx/node';
import { key } from '@orrery/random';
import { initialState, modelFlops, trainStep } from '@orrery/train';
import { median } from '../figure.ts';
import { irregularBytes, openUpdates, type OpenUpdates } from '../updates.ts';
import type { TrainingCase } from './cases.ts';

export interface OpenTraining extends OpenUpdates {
  readonly parameters: number;
  /** Of matrix products and convolutions, a step. */
  readonly flopsPerStep: number;
}

const SEED = key(0);

/** The first values of a case's parameters, by name. */
export const firstParameters = (training: TrainingCase) =>
  initialise(training.model.parameters, SEED) as Record<string, Float32Array<ArrayBuffer>>;

/** The clips that every update of a case sees: [B, T, H, W, C], irregular. */
export function caseClips({ batch, model, world }: TrainingCase): Uint8Array<ArrayBuffer> {
  return irregularBytes(batch * model.clipFrames * world.height * world.width * world.channels);
}

/**
 * Training with AdamW as `orrery train` does it, on clips that stay the same.
 * @param options.worker whether the runtime has a thread of its own, true by default
 */
export async function openTraining(
  training: TrainingCase,
  threads: number,
  options: { readonly worker?: boolean } = {},
): Promise<OpenTraining> {
  const { model, world, batch, stepsPerCall } = training;
  const optimizer = adamW();
  const step = trainStep({ model, world, optimizer, batch, clip: 1, averageDecay: 0 });
  const first = initialState(model.parameters, optimizer, 0, SEED);
  return {
    ...(await openUpdates(step, first, { steps: stepsPerCall, threads, ...options })),
    parameters: parameterCount(model.parameters),
    flopsPerStep: modelFlops(training),
  };
}

export interface Utilisation {
  readonly parameters: number;
  readonly gflopsPerStep: number;
  /** s of the fastest call's updates */
  readonly secondsPerStep: number;
  /** GFLOP/s of the fastest call */
  readonly gflops: number;
  /** GFLOP/s of the best matrix product of all turns, and its size */
  readonly best: number;
  readonly size: number;
  /** The fastest call to the best product. */
  readonly mfu: number;
  /**
   * Median over the turns of each call to the products right before and after it, both as they ran on average: what to look
   * at where other work wants the cores too.
   */
  readonly median: number;
  /** Of the first updates. */
  readonly losses: readonly number[];
}

/** Calls and products take turns, so that what else the machine does falls on both. */
export async function measureUtilisation(
  training: TrainingCase,
  threads: number,
  rounds: number,
): Promise<Utilisation> {
  const open = await openTraining(training, threads);
  try {
    const { parameters, flopsPerStep } = open;
    const { losses } = await open.call();
    const gemms = [await bestGemm({ threads, seconds: 1 })];
    const rates: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const { secondsPerStep } = await open.call();
      rates.push(flopsPerStep / secondsPerStep / 1e9);
      gemms.push(await bestGemm({ threads, seconds: 1 }));
    }
    const gflops = Math.max(...rates);
    const best = gemms.reduce((a, b) => (b.gflops > a.gflops ? b : a));
    const turns = rates.map((rate, i) => (2 * rate) / (gemms[i]!.sustained + gemms[i + 1]!.sustained));
    return {
      ...{ parameters, gflopsPerStep: flopsPerStep / 1e9, secondsPerStep: flopsPerStep / gflops / 1e9 },
      ...{
        gflops,
        best: best.gflops,
        size: best.size,
        mfu: gflops / best.gflops,
        median: median(turns),
        losses,
      },
    };
  } finally {
    await open.close();
  }
}
