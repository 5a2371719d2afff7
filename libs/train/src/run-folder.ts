/** Opens a run folder for training: anew, or where an earlier training of the same settings got to. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError, writeJsonAtomic } from '@orrery/storage';
import { bestOf, checkpointFile, listCheckpoints, readCheckpoint } from './checkpoint.ts';
import type { Validated } from './early-stop.ts';
import { METRICS_FILE, truncateMetrics, type MetricsLine } from './metrics.ts';
import type { RecordedPlan } from './run-record.ts';
import { configHash, differences, findRun, RUN_FILE } from './run.ts';
import type { State } from './stepper.ts';

export interface TrainingStart {
  readonly state: State;
  /** Updates done. */
  readonly step: number;
  /** Of training so far. */
  readonly seconds: number;
  /** Path of the arrays that it starts from. */
  readonly checkpoint?: string;
  /** Of the best checkpoint. */
  readonly validationLoss?: number;
  /** What is logged up to `step`. */
  readonly lines: readonly MetricsLine[];
}

/** The validations among logged lines, in the order of steps; JSON writes a loss that is no finite number as null. */
export function validationsIn(lines: readonly MetricsLine[]): Validated[] {
  return lines.flatMap((line) =>
    'validation' in line ? [{ step: line.step, loss: line.validation.loss ?? NaN }] : [],
  );
}

/**
 * @param fresh forgets what the folder holds of an earlier training
 * @throws when it holds a training with other settings, or a damaged checkpoint
 */
export async function openRunFolder(
  folder: string,
  plan: RecordedPlan,
  fresh: boolean,
): Promise<TrainingStart> {
  if (fresh) await forget(folder);
  const found = await findRun(folder);
  if (!found) {
    // Without run.json, nothing says what checkpoints and metrics belong to.
    await forget(folder);
    await writeJsonAtomic(join(folder, RUN_FILE), plan.run);
    return { state: plan.initialState(), step: 0, seconds: 0, lines: [] };
  }
  const different = differences(plan.run, found);
  if (different.length > 0) {
    throw new Error(
      `run "${folder}": it was trained with other settings: ${different.join(', ')}; start over with "--fresh", or name another run`,
    );
  }
  const checkpoints = await listCheckpoints(folder);
  const newest = checkpoints.at(-1);
  const lines = await truncateMetrics(folder, newest?.step ?? 0);
  if (!newest) return { state: plan.initialState(), step: 0, seconds: 0, lines };
  const file = checkpointFile(folder, newest.step);
  if (newest.config !== configHash(plan.run)) {
    throw new Error(
      `checkpoint ${file}: it belongs to other settings than ${RUN_FILE}; start over with "--fresh"`,
    );
  }
  const { arrays } = await readCheckpoint(folder, newest);
  checkArrays(arrays, plan.initialState(), file);
  const seconds = lines.findLast((line) => 'time' in line)?.time.seconds ?? 0;
  return {
    ...{ state: arrays, step: newest.step, seconds, checkpoint: file, lines },
    validationLoss: bestOf(checkpoints)?.validationLoss,
  };
}

/**
 * Removes what a training left, and what was measured of it; run.json last, so that an interruption leaves a run that
 * still says what it is.
 */
async function forget(folder: string): Promise<void> {
  const results = ['scorecard.json', 'report.html', 'rollouts.zarr', 'tensorboard'];
  try {
    for (const name of [...results, 'checkpoints', METRICS_FILE, RUN_FILE])
      await rm(join(folder, name), { recursive: true, force: true });
  } catch (error) {
    throw explainFileError(error, `cannot write ${folder}`);
  }
}

/** @throws unless `arrays` has the names and shapes of `wanted` */
export function checkArrays(arrays: State, wanted: State, file: string): void {
  const shapes = (state: State) =>
    JSON.stringify(
      Object.keys(state)
        .sort()
        .map((name) => [name, state[name].shape]),
    );
  if (shapes(arrays) === shapes(wanted)) return;
  throw new Error(
    `checkpoint ${file}: its arrays are not those of this model; use the version of the program that wrote it, or train again`,
  );
}
