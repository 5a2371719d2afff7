/** Runs updates on onnxruntime, several a call. */
import type { Loop, TypedArray } from '@orrery/graph';
import type { Session } from '@orrery/onnx';
import { foldIn } from '@orrery/random';
import type { Clips } from './clips.ts';
import type { StepLine } from './metrics.ts';
import { drawNoise } from './noise.ts';
import type { TrainingPlan } from './plan.ts';
import type { NamedArray } from './safetensors.ts';
import { trainLoop } from './train-step.ts';

/** The state by `stateName`. */
export type State = Readonly<Record<string, NamedArray>>;
export type Update = Omit<StepLine, 'time'>;

export interface Stepper {
  /**
   * @param state is handed over: its arrays are empty afterwards
   * @param clips count * batch of them; handed over too
   * @param done updates before this call
   * @param count updates of this call
   */
  call(
    state: State,
    clips: Clips,
    done: number,
    count: number,
  ): Promise<{ readonly state: State; readonly updates: readonly Update[] }>;
  close(): Promise<void>;
}

const METRIC = 'metrics/';

/** A session of whatever backend. */
export type OpenSession<Graph> = (graph: Graph) => Promise<Session>;

/** The numbers of `count` updates after `done`. */
const updatesAfter = (done: number, count: number) => Array.from({ length: count }, (_, i) => done + i + 1);

/** What the graph of `count` updates takes beside the state. The noise of an update depends on the seed and its number. */
export function updateFeeds(
  { model, training, learningRate, noise }: TrainingPlan,
  clips: Clips,
  done: number,
  count: number,
): Record<string, TypedArray> {
  const steps = updatesAfter(done, count);
  const keys = steps.map((step) => foldIn(noise.training, step));
  return {
    ...clips,
    ...drawNoise(model.noise?.loss, keys, training.batch),
    step: Float32Array.from(steps),
    learningRate: Float32Array.from(steps, learningRate),
  };
}

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
      const steps = updatesAfter(done, count);
      const outputs = await session.run(
        {
          ...updateFeeds(plan, clips, done, count),
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
