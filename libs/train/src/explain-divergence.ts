/** What broke in a training that diverged, where, and what is still good. */
import type { BatchReader } from './batches.ts';
import { listCheckpoints, readCheckpoint } from './checkpoint.ts';
import type { Diverged } from './diverged.ts';
import { firstNonFinite } from './non-finite.ts';
import type { TrainingPlan } from './plan.ts';
import { updateFeeds, type State, type Stepper } from './stepper.ts';

export interface DivergedTraining {
  readonly plan: TrainingPlan;
  readonly folder: string;
  readonly batches: BatchReader;
  readonly stepper: Stepper;
  /** Path of the newest checkpoint's arrays. */
  readonly checkpoint: string | undefined;
}

/** The error that names the step, the tensor and the last good checkpoint; the step is done again to find the tensor. */
export async function explainDivergence(error: Diverged, training: DivergedTraining): Promise<Error> {
  const { step, message, tensor = await findTensor(step, training) } = error;
  const where = tensor === undefined ? '' : `, first in ${tensor}`;
  return new Error(
    `training: ${message} at step ${step}${where}; the last good checkpoint is ${training.checkpoint ?? 'none'}; lower "training.learningRate" or "training.clip" and start over with "--fresh"`,
    { cause: error },
  );
}

/** Goes from the newest checkpoint to `step` once more. @returns the first tensor there that is not finite */
async function findTensor(
  step: number,
  { plan, folder, batches, stepper }: DivergedTraining,
): Promise<string | undefined> {
  const { batch, stepsPerCall } = plan.training;
  const newest = (await listCheckpoints(folder)).at(-1);
  let state: State = newest ? (await readCheckpoint(folder, newest)).arrays : plan.initialState();
  for (let done = newest?.step ?? 0; done < step - 1;) {
    const count = Math.min(stepsPerCall, step - 1 - done);
    const clips = await batches.read(done * batch, count * batch);
    ({ state } = await stepper.call(state, clips, done, count));
    done += count;
  }
  return firstNonFinite(plan.step, {
    ...Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, data])),
    ...updateFeeds(plan, await batches.read((step - 1) * batch, batch), step - 1, 1),
  });
}
