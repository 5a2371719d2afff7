/**
 * Training without files, wherever there is a runtime: in a page, clips come over HTTP and the weights stay in memory. The
 * same plan, order and graph as `train`, so the same losses up to the backend's rounding.
 */
import type { Loop } from '@orrery/graph';
import { batchReader, readerHere } from './batches.ts';
import { callFrom } from './call.ts';
import { checkState, checkUpdate } from './diverged.ts';
import { planTraining, type PlanRequest, type TrainingPlan } from './plan.ts';
import { openStepper, type OpenSession, type State, type Update } from './stepper.ts';

export { encodeSafetensors } from './safetensors.ts';
export { usedParameters } from './training-state.ts';
export type { State, Update } from './stepper.ts';

export interface InMemoryOptions extends PlanRequest {
  /** Of the backend: `createSession` of @orrery/onnx/web or /node. */
  readonly openSession: OpenSession<Loop>;
  /** Called after each call with what it did. */
  readonly onUpdates?: (updates: readonly Update[], done: number) => void;
  /** Stops after the call in work. */
  readonly signal?: AbortSignal;
}

export interface InMemoryResult {
  readonly plan: TrainingPlan;
  /** Parameters, what the optimizer remembers, and averages, by name; `usedParameters` picks the weights. */
  readonly state: State;
  /** Updates done. */
  readonly step: number;
}

/** @throws when a setting is wrong, clips cannot be read, or a value is no finite number */
export async function trainInMemory(options: InMemoryOptions): Promise<InMemoryResult> {
  const { dataset, openSession, signal, onUpdates = () => {} } = options;
  const plan = await planTraining(options);
  const { steps } = plan.training;
  const reader = readerHere(dataset, plan.model.clipFrames, plan.world.sees);
  const batches = batchReader(reader, plan.order);
  const stepper = openStepper(plan, openSession);
  let state: State = plan.initialState();
  let step = 0;
  try {
    while (step < steps && !signal?.aborted) {
      const { state: next, updates, count } = await callFrom(step, state, plan, batches, stepper);
      updates.forEach(checkUpdate);
      checkState(next, step + count);
      state = next;
      step += count;
      onUpdates(updates, step);
    }
    return { plan, state, step };
  } finally {
    await stepper.close();
  }
}
