/** The loss on clips that training does not see. */
import type { Program } from '@orrery/graph';
import type { Session } from '@orrery/onnx';
import { foldIn } from '@orrery/random';
import type { ClipReader } from './batches.ts';
import type { ValidationLine } from './metrics.ts';
import { drawNoise } from './noise.ts';
import type { TrainingPlan } from './plan.ts';
import type { OpenSession, State } from './stepper.ts';
import { validationStep } from './train-step.ts';
import { usedParameters } from './training-state.ts';

export interface Validator {
  /** Means over all validation clips, with the same noise each time; undefined when none are held out. */
  measure(state: State): Promise<ValidationLine['validation'] | undefined>;
  close(): Promise<void>;
}

const METRIC = 'metrics/';

export function openValidator(
  plan: TrainingPlan,
  reader: ClipReader,
  openSession: OpenSession<Program>,
): Validator {
  const { model, world, validation, noise } = plan;
  const { batch } = plan.training;
  let session: Session | undefined;
  return {
    async measure(state) {
      if (validation.length === 0) return undefined;
      session ??= await openSession(validationStep({ model, world, batch }));
      const parameters = usedParameters(state);
      const sums: Record<string, number> = {};
      for (let at = 0; at < validation.length; at += batch) {
        const clips = await reader.read(validation.slice(at, at + batch));
        const feeds = Object.entries(parameters).map(([name, { data: values }]) => [
          `parameters/${name}`,
          values,
        ]);
        const key = foldIn(noise.validation, at / batch);
        const outputs = await session.run({
          ...clips,
          ...drawNoise(model.noise?.loss, [key], batch),
          ...Object.fromEntries(feeds),
        });
        for (const [name, { data: values }] of Object.entries(outputs)) {
          sums[name] = (sums[name] ?? 0) + (values[0] * batch) / validation.length;
        }
      }
      const { loss, ...metrics } = sums;
      return {
        loss,
        metrics: Object.fromEntries(
          Object.entries(metrics).map(([name, value]) => [name.slice(METRIC.length), value]),
        ),
      };
    },
    async close() {
      await session?.close();
    },
  };
}
