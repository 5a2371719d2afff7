/** One call of a training: several updates, while the clips of the next are read. */
import type { BatchReader } from './batches.ts';
import type { TrainingPlan } from './plan.ts';
import type { State, Stepper, Update } from './stepper.ts';

export interface Called {
  readonly state: State;
  readonly updates: readonly Update[];
  /** Updates done, from `step` on. */
  readonly count: number;
  /** s, the reading of its clips left out */
  readonly seconds: number;
}

/** @param step updates done before */
export async function callFrom(
  step: number,
  state: State,
  { training: { steps, batch, stepsPerCall } }: Pick<TrainingPlan, 'training'>,
  batches: BatchReader,
  stepper: Stepper,
): Promise<Called> {
  const callAt = (step: number) => Math.min(stepsPerCall, steps - step);
  const count = callAt(step);
  const clips = await batches.read(step * batch, count * batch);
  const before = performance.now();
  const called = stepper.call(state, clips, step, count);
  const next = step + count;
  if (next < steps) batches.prefetch(next * batch, callAt(next) * batch);
  return { ...(await called), count, seconds: (performance.now() - before) / 1000 };
}
