/** Trains a model into a run folder, or continues what a folder holds. */
import { createSession } from '@orrery/onnx/node';
import { lockFolder } from '@orrery/storage';
import { batchReader, readerHere } from './batches.ts';
import { bestOf, checkpointFile, listCheckpoints, pruneCheckpoints, writeCheckpoint } from './checkpoint.ts';
import { callFrom } from './call.ts';
import { checkState, checkUpdate, Diverged } from './diverged.ts';
import { explainDivergence } from './explain-divergence.ts';
import { isExhausted } from './early-stop.ts';
import { openLog } from './log.ts';
import type { Peak } from './peak.ts';
import { planRun, type RecordedPlan, type TrainingRequest } from './run-record.ts';
import { openRunFolder, validationsIn, type TrainingStart } from './run-folder.ts';
import { configHash } from './run.ts';
import { openStepper, type State } from './stepper.ts';
import { openValidator } from './validator.ts';
import { readerInWorker } from './worker-reader.ts';

export interface TrainOptions extends TrainingRequest {
  /** The run folder. A training that was interrupted there continues. */
  readonly folder: string;
  /** Forgets what the folder holds of an earlier training. */
  readonly fresh?: boolean;
  /** Reads clips in a thread of its own, from the folder `datasetPath`; otherwise in this one, from `dataset`. */
  readonly readInWorker?: boolean;
  /** Measures what the speed is compared with, before the first call; without it, no MFU is logged. */
  readonly peak?: () => Promise<Peak>;
  /** Path prefix of the traces of onnxruntime's calls, for chrome://tracing; none by default. */
  readonly profile?: string;
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
  /** `gflops` as a fraction of the peak, where one was given. */
  readonly mfu?: number;
}

export interface TrainResult {
  readonly folder: string;
  /** Whether the signal ended it before its last step. */
  readonly stopped: boolean;
  /** Whether the validation loss no longer fell, so that it ended before its last step. */
  readonly early: boolean;
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
 * @throws when settings are wrong, the folder holds another training, the disk fails, or a value is no finite number
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { folder, signal } = options;
  const plan = await planRun(options);
  const unlock = await lockFolder(folder);
  try {
    const start = await openRunFolder(folder, plan, options.fresh ?? false);
    const { steps, patience } = plan.training;
    const ended = start.step >= steps || isExhausted(validationsIn(start.lines), patience);
    const end = ended ? { ...start, early: start.step < steps } : await continueFrom(start, plan, options);
    const { early, step, seconds, loss, validationLoss, checkpoint } = end;
    return {
      ...{ folder, steps, step, early, stopped: !early && step < steps && signal?.aborted === true },
      ...{ loss, validationLoss, checkpoint, parameters: plan.run.parameters, seconds },
    };
  } finally {
    await unlock();
  }
}

type TrainingEnd = Pick<TrainResult, 'step' | 'seconds' | 'loss' | 'early' | 'checkpoint' | 'validationLoss'>;

async function continueFrom(
  start: TrainingStart,
  plan: RecordedPlan,
  options: TrainOptions,
): Promise<TrainingEnd> {
  const { dataset, datasetPath, folder, signal, profile, onProgress = () => {} } = options;
  const { training, model, world } = plan;
  const { steps, batch } = training;
  const { clipFrames } = model;
  const peak = await options.peak?.();
  const reader = options.readInWorker
    ? readerInWorker({ path: datasetPath, clipFrames, sees: world.sees })
    : readerHere(dataset, clipFrames, world.sees);
  const batches = batchReader(reader, plan.order);
  const { threads, spinning } = training;
  const stepper = openStepper(plan, (loop) => createSession(loop, { threads, spinning, profile }));
  const validator = openValidator(plan, reader, (program) => createSession(program, { threads, spinning }));
  const log = await openLog(folder, start.lines);
  const validations = validationsIn(start.lines);
  let { state, step, seconds, checkpoint, validationLoss } = start;
  let loss: number | undefined;
  let early = false;
  try {
    while (step < steps && !early && !signal?.aborted) {
      const called = await callFrom(step, state, plan, batches, stepper);
      const { state: next, updates, count, seconds: took } = called;
      seconds += took;
      const samplesPerSecond = (count * batch) / took;
      const gflops = (count * plan.flopsPerStep) / took / 1e9;
      const utilisation = peak && {
        mfu: gflops / peak.gflops,
        peak: `${peak.name}: ${peak.gflops.toPrecision(4)} GFLOP/s`,
      };
      const time = { at: new Date().toISOString(), seconds, samplesPerSecond, gflops, ...utilisation };
      const good = updates.findIndex(({ loss, gradientNorm }) => !Number.isFinite(loss + gradientNorm));
      await log.append(updates.slice(0, good < 0 ? count : good).map((update) => ({ ...update, time })));
      updates.forEach(checkUpdate);

      const due = (every: number) => Math.floor((step + count) / every) > Math.floor(step / every);
      const regular = step + count === steps || due(training.checkpointEvery);
      const validating = regular || due(training.validateEvery);
      state = next;
      step += count;
      loss = updates.reduce((sum, update) => sum + update.loss, 0) / count;
      const validation = validating ? await validator.measure(state) : undefined;
      if (validation) {
        await log.append([{ step, validation }]);
        validations.push({ step, loss: validation.loss });
      }
      validationLoss = validation?.loss ?? validationLoss;
      early = step < steps && isExhausted(validations, training.patience);
      const learningRate = plan.learningRate(step);
      const speed = { samplesPerSecond, gflops, mfu: utilisation?.mfu };
      onProgress({ step, steps, loss, validationLoss, learningRate, ...speed });
      if (regular || early || signal?.aborted) {
        await save(folder, plan, step, state, validation?.loss);
        checkpoint = checkpointFile(folder, step);
      }
    }
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
    throw await explainDivergence(error, { plan, folder, batches, stepper, checkpoint });
  } finally {
    await Promise.all([stepper.close(), validator.close(), reader.close()]);
  }
  const best = bestOf(await listCheckpoints(folder));
  return { step, seconds, checkpoint, loss, early, validationLoss: best?.validationLoss };
}

async function save(
  folder: string,
  { run, training, order }: RecordedPlan,
  step: number,
  state: State,
  validationLoss: number | undefined,
): Promise<void> {
  checkState(state, step);
  const position = step * training.batch;
  const cursor = { epoch: Math.floor(position / order.length), position: position % order.length };
  const info = { step, cursor, seed: training.seed, config: configHash(run) };
  const validated = validationLoss !== undefined && Number.isFinite(validationLoss);
  await writeCheckpoint(folder, validated ? { ...info, validationLoss } : info, state);
  await pruneCheckpoints(folder, training.keep);
}
