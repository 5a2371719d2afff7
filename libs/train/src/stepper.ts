/** Runs updates on onnxruntime, several a call. */
import type { Loop } from '@orrery/graph';
import type { Session } from '@orrery/onnx';
import type { StepLine } from './metrics.ts';
import type { TrainingPlan } from './plan.ts';
import type { NamedArray } from './safetensors.ts';
import { trainLoop } from './train-step.ts';

/** The state by `stateName`. */
export type State = Readonly<Record<string, NamedArray>>;
export type Update = Omit<StepLine, 'time'>;

export interface Stepper {
  /**
   * @param state is handed over: its arrays are empty afterwards
   * @param clips [count * batch, T, H, W, 3] u8; handed over too
   * @param done updates before this call
   * @param count updates of this call
   */
  call(
    state: State,
    clips: Uint8Array,
    done: number,
    count: number,
  ): Promise<{ readonly state: State; readonly updates: readonly Update[] }>;
  close(): Promise<void>;
}

const METRIC = 'metrics/';

/** A session of whatever backend. */
export type OpenSession<Graph> = (graph: Graph) => Promise<Session>;

export function openStepper(plan: TrainingPlan, openSession: OpenSession<Loop>): Stepper {
  const metrics = Object.keys(plan.step.outputs).filter((name) => name.startsWith(METRIC));
  // The last call may be shorter than the others: its graph is made when it is needed.
  let open: { readonly loop: Loop; readonly session: Session } | undefined;
  const sessionFor = async (count: number): Promise<Session> => {
    if (open?.loop.steps === count) return open.session;
    await open?.session.close();
    open = undefined;
    const loop = trainLoop(plan.step, count);
    open = { loop, session: await openSession(loop) };
    return open.session;
  };
  return {
    async call(state, clips, done, count) {
      const session = await sessionFor(count);
      const steps = Array.from({ length: count }, (_, i) => done + i + 1);
      const outputs = await session.run(
        {
          clips,
          step: Float32Array.from(steps),
          learningRate: Float32Array.from(steps, plan.learningRate),
          ...Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, data])),
        },
        undefined,
        { transfer: true },
      );
      const value = (name: string, i: number) => outputs[name].data[i];
      return {
        state: Object.fromEntries(
          Object.entries(state).map(([name, { shape }]) => [
            name,
            { shape, data: outputs[name].data as Float32Array },
          ]),
        ),
        updates: steps.map((step, i) => ({
          step,
          loss: value('loss', i),
          gradientNorm: value('gradientNorm', i),
          learningRate: plan.learningRate(step),
          metrics: Object.fromEntries(metrics.map((name) => [name.slice(METRIC.length), value(name, i)])),
        })),
      };
    },
    async close() {
      await open?.session.close();
    },
  };
}
