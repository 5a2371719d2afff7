/** Trains a convolutional network to continue the bouncing balls, in stages that imagine further and further. */
import { mul } from '@orrery/graph';
import { residualConv, residualConvConfig, type FrameModel } from '@orrery/models';
import { muon, parameterCount, schedule } from '@orrery/nn';
import { foldIn, key } from '@orrery/random';
import { fit, type FitResult, type SampleSource } from '@orrery/train';
import { drawFrames, FRAMES, PIXELS, SIDE } from './balls.ts';
import { measure, type Measures } from './errors.ts';
import type { BallSplits } from './splits.ts';

export interface Stage {
  /** Frames that the network predicts in a row, each from its own predictions before it. */
  readonly unroll: number;
  /** Clips an update. */
  readonly batch: number;
  readonly updates: number;
}

export interface Recipe {
  readonly context: number;
  readonly patch: number;
  readonly width: number;
  readonly blocks: number;
  /** How much a predicted frame weighs beside the one before it. */
  readonly discount: number;
  readonly learningRate: number;
  readonly average: number;
  readonly stages: readonly Stage[];
}

/**
 * Found on sequences that are neither trained on nor tested: Muon at this rate, and many updates of a small network. For the
 * same work, networks of twice the weights were worse; predicting more than two frames from the start was, too. Discount and
 * rate together took a seventh off the one-step error (0.65 at 2e-3 without discount to 0.56, after a fifth of this work) and
 * cost the free run nothing; which of the two did it was not tried.
 */
export const recipe: Recipe = {
  ...{ context: 4, patch: 3, width: 48, blocks: 4, discount: 0.7 },
  learningRate: 3e-3,
  /** Decay of the moving average of the weights. */
  average: 0.995,
  stages: [
    { unroll: 2, batch: 16, updates: 7500 },
    { unroll: 4, batch: 12, updates: 1700 },
    { unroll: 8, batch: 8, updates: 1250 },
  ],
};

/** The network by itself knows how many frames a training clip has, so each stage has its own; the weights are the same. */
export function ballModel({ context, patch, width, blocks, discount }: Recipe, unroll = 1): FrameModel {
  const world = { sees: 'frames' as const, height: SIDE, width: SIDE, channels: 1, actions: 0 };
  const config = residualConvConfig.parse({ context, patch, width, blocks, unroll, discount, cut: true });
  return residualConv.build(config, world);
}

export interface BallRun extends Measures {
  readonly parameters: number;
  /** One-step error of the validation sequences: of no use to the training, and for whoever changes the recipe. */
  readonly validation: number;
  readonly fit: Pick<FitResult, 'steps' | 'seconds' | 'flops'>;
}

export interface TrainBallsOptions {
  readonly recipe?: Recipe;
  readonly threads?: number;
  /** Seconds after which no further update begins. */
  readonly budget?: number;
  readonly signal?: AbortSignal;
  /** @param updates done, of all stages */
  readonly onProgress?: (updates: number) => void;
}

/** @param seed of the initial weights and of the clips */
export async function trainBalls(
  { training, validation, test }: BallSplits,
  seed: number,
  { recipe: given = recipe, threads, budget, signal, onProgress }: TrainBallsOptions = {},
): Promise<BallRun> {
  const rate = learningRates(given);
  const total = { steps: 0, seconds: 0, flops: 0 };
  let weights: FitResult['parameters'] = {};
  let start: FitResult['last'] | undefined;
  for (const [number, { unroll, batch, updates }] of given.stages.entries()) {
    if (budget !== undefined && number > 0 && total.seconds >= budget) break;
    const model = ballModel(given, unroll);
    const before = total.steps;
    const fitted = await fit({
      parameters: model.parameters,
      // Summed over the pixels, as the metric is.
      loss: (parameters, { frames }) => mul(model.loss(parameters, { frames }, 'train').loss, PIXELS),
      training: clips(training, given.context, unroll),
      optimizer: muon(),
      learningRate: (step) => rate(number, step),
      ...{ steps: updates, batch, order: 'draws', stepsPerCall: 25 },
      ...{ average: given.average, key: foldIn(key(seed), number), start },
      ...{ threads, signal, budget: budget === undefined ? undefined : budget - total.seconds },
      onProgress: ({ step }) => onProgress?.(before + step),
    });
    [weights, start] = [fitted.parameters, fitted.last];
    total.steps += fitted.steps;
    total.seconds += fitted.seconds;
    total.flops += fitted.flops;
  }
  const model = ballModel(given);
  const measures = (sequences: readonly Float64Array[]) => measure(model, weights, sequences, threads);
  return {
    ...(await measures(test)),
    validation: (await measures(validation)).oneStep,
    parameters: parameterCount(model.parameters),
    fit: total,
  };
}

/** Warm-up, then a cosine over the work of all stages: an update of many imagined frames is as much as some of few. */
export function learningRates({ stages, learningRate }: Recipe): (stage: number, step: number) => number {
  const works = stages.map(({ unroll, batch }) => unroll * batch);
  const before = stages.map((_, i) =>
    stages.slice(0, i).reduce((sum, { updates }, k) => sum + updates * works[k], 0),
  );
  const whole = before.at(-1)! + stages.at(-1)!.updates * works.at(-1)!;
  const rate = schedule('cosine', { peak: learningRate, steps: whole, warmup: 50 * works[0] });
  return (stage, step) => rate(before[stage] + step * works[stage]);
}

/**
 * Clips that begin anywhere in a sequence, or before it: frames that nobody has seen are black, as they are when the first
 * frames are predicted.
 */
export function clips(sequences: readonly Float64Array[], context: number, unroll: number): SampleSource {
  const length = context + unroll;
  const unseen = context - 1;
  const each = FRAMES - length + 1 + unseen;
  return {
    count: sequences.length * each,
    inputs: { frames: { dtype: 'f32', shape: [length, 1, SIDE, SIDE] } },
    read(indices) {
      const frames = new Float32Array(indices.length * length * PIXELS);
      indices.forEach((index, i) => {
        const from = (index % each) - unseen;
        const centres = sequences[Math.floor(index / each)];
        const width = centres.length / FRAMES;
        const seen = centres.subarray(Math.max(0, from) * width, (from + length) * width);
        drawFrames(seen, frames, (i * length + Math.max(0, -from)) * PIXELS);
      });
      return { frames };
    },
  };
}
