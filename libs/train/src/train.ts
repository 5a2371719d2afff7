/** Trains a model into a run folder, or continues what a folder holds. */
import { lockFolder } from '@orrery/storage';
import { batchReader } from './batches.ts';
import { bestOf, checkpointFile, listCheckpoints, pruneCheckpoints, writeCheckpoint } from './checkpoint.ts';
import { appendMetrics, type StepLine } from './metrics.ts';
import { planTraining, type TrainingPlan, type TrainingRequest } from './plan.ts';
import { openRunFolder, type TrainingStart } from './run-folder.ts';
import { configHash } from './run.ts';
import { openStepper, type State, type Update } from './stepper.ts';
import { openValidator } from './validator.ts';

export interface TrainOptions extends TrainingRequest {
  /** The run folder. A training that was interrupted there continues. */
  readonly folder: string;
  /** Forgets what the folder holds of an earlier training. */
  readonly fresh?: boolean;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Stops after the call in work, with a checkpoint. */
  readonly signal?: AbortSignal;
}

export interface TrainProgress {
  /** Updates done. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the last call. */
  readonly loss: number;
  /** The newest. */
  readonly validationLoss?: number;
  readonly learningRate: number;
  readonly samplesPerSecond: number;
  /** Of matrix products and convolutions. */
  readonly gflops: number;
}

export interface TrainResult {
  readonly folder: string;
  /** Whether the signal ended it before its last step. */
  readonly stopped: boolean;
  /** Updates done. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the last call; undefined when nothing was left to do. */
  readonly loss?: number;
  /** Of the best checkpoint. */
  readonly validationLoss?: number;
  /** Path of the newest checkpoint's arrays; undefined when it stopped before the first. */
  readonly checkpoint?: string;
  /** Number of values that are learned. */
  readonly parameters: number;
  /** Of training, earlier processes included. */
  readonly seconds: number;
}

/**
 * Same options, same machine: the same losses and weights, whether or not the training was interrupted between.
 * @throws when settings are wrong, the folder holds another training, the disk fails, or the loss is no finite number
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { folder, signal } = options;
  const plan = await planTraining(options);
  const unlock = await lockFolder(folder);
  try {
    const start = await openRunFolder(folder, plan, options.fresh ?? false);
    const end = start.step < plan.training.steps ? await continueFrom(start, plan, options) : start;
    const { state: _state, ...reached } = end;
    const { steps } = plan.training;
    const stopped = end.step < steps && signal?.aborted === true;
    return { folder, stopped, steps, parameters: plan.run.parameters, ...reached };
  } finally {
    await unlock();
  }
}

type TrainingEnd = TrainingStart & Pick<TrainResult, 'loss'>;

async function continueFrom(
  start: TrainingStart,
  plan: TrainingPlan,
  { dataset, folder, signal, onProgress = () => {} }: TrainOptions,
): Promise<TrainingEnd> {
  const { training, model } = plan;
  const { steps, batch } = training;
  const reader = batchReader(dataset, plan.order, model.clipFrames);
  const stepper = openStepper(plan);
  const validator = openValidator(plan, dataset);
  const callAt = (step: number) => Math.min(training.stepsPerCall, steps - step);
  let { state, step, seconds, checkpoint, validationLoss } = start;
  let loss: number | undefined;
  try {
    while (step < steps && !signal?.aborted) {
      const count = callAt(step);
      const clips = await reader.read(step * batch, count * batch);
      const before = performance.now();
      const called = stepper.call(state, clips, step, count);
      if (step + count < steps) reader.prefetch((step + count) * batch, callAt(step + count) * batch);
      const { state: next, updates } = await called;
      const took = (performance.now() - before) / 1000;
      seconds += took;
      const samplesPerSecond = (count * batch) / took;
      const gflops = (count * plan.flopsPerStep) / took / 1e9;
      await log(folder, updates, { seconds, samplesPerSecond, gflops }, checkpoint);

      const due = (every: number) => Math.floor((step + count) / every) > Math.floor(step / every);
      const regular = step + count === steps || due(training.checkpointEvery);
      const validating = regular || due(training.validateEvery);
      state = next;
      step += count;
      loss = updates.reduce((sum, update) => sum + update.loss, 0) / count;
      const validation = validating ? await validator.measure(state) : undefined;
      if (validation) await appendMetrics(folder, [{ step, validation }]);
      validationLoss = validation?.loss ?? validationLoss;
      const learningRate = plan.learningRate(step);
      onProgress({ step, steps, loss, validationLoss, learningRate, samplesPerSecond, gflops });
      if (regular || signal?.aborted) {
        await save(folder, plan, step, state, validation?.loss);
        checkpoint = checkpointFile(folder, step);
      }
    }
  } finally {
    await Promise.all([stepper.close(), validator.close()]);
  }
  const best = bestOf(await listCheckpoints(folder));
  return { state, step, seconds, checkpoint, loss, validationLoss: best?.validationLoss };
}

/** @throws when an update's loss or gradient is no finite number, after logging those before it */
async function log(
  folder: string,
  updates: readonly Update[],
  time: StepLine['time'],
  checkpoint: string | undefined,
): Promise<void> {
  const broken = updates.find(({ loss, gradientNorm }) => !Number.isFinite(loss + gradientNorm));
  const good = broken ? updates.slice(0, updates.indexOf(broken)) : updates;
  await appendMetrics(
    folder,
    good.map((update) => ({ ...update, time })),
  );
  if (!broken) return;
  const what = Number.isFinite(broken.loss)
    ? `the gradient's length is ${broken.gradientNorm}`
    : `the loss is ${broken.loss}`;
  throw new Error(
    `training: ${what} at step ${broken.step}; the last good checkpoint is ${checkpoint ?? 'none'}; lower "training.learningRate" or "training.clip" and start over with "--fresh"`,
  );
}

async function save(
  folder: string,
  { run, training, order }: TrainingPlan,
  step: number,
  state: State,
  validationLoss: number | undefined,
): Promise<void> {
  const position = step * training.batch;
  const cursor = { epoch: Math.floor(position / order.length), position: position % order.length };
  const info = { step, cursor, seed: training.seed, config: configHash(run) };
  const validated = validationLoss !== undefined && Number.isFinite(validationLoss);
  await writeCheckpoint(folder, validated ? { ...info, validationLoss } : info, state);
  await pruneCheckpoints(folder, training.keep);
}
