/** Updates of a training, on arrays that are there already: what onnxruntime takes, and no data. */
import { size, type Loop, type Program, type Tensor } from '@orrery/graph';
import { createSession } from '@orrery/onnx/node';
import { trainLoop, type NamedArray } from '@orrery/train';

export interface OpenUpdates {
  readonly loop: Loop;
  /** Some updates. */
  call(): Promise<{ readonly secondsPerStep: number; readonly losses: readonly number[] }>;
  close(): Promise<void>;
}

export interface UpdatesOptions {
  /** Updates a call. */
  readonly steps: number;
  readonly threads: number;
  /** Whether the runtime has a thread of its own, true by default. */
  readonly worker?: boolean;
}

const LEARNING_RATE = 1e-4;

/**
 * @param update one update, as `trainStep` makes it
 * @param first the state before the first
 */
export async function openUpdates(
  update: Program,
  first: Readonly<Record<string, NamedArray>>,
  { steps, threads, worker = true }: UpdatesOptions,
): Promise<OpenUpdates> {
  const loop = trainLoop(update, steps);
  const session = await createSession(loop, { threads, worker });
  let state = Object.fromEntries(
    Object.entries(first).map(([name, { data }]) => [name, data as Float32Array]),
  );
  const given = update.inputs.filter(({ attributes: { name } }) => !(name in first));
  let done = 0;
  return {
    loop,
    async call() {
      const feeds = given.map((tensor) => [tensor.attributes.name, feed(tensor, done, steps)] as const);
      const before = performance.now();
      const outputs = await session.run({ ...state, ...Object.fromEntries(feeds) }, undefined, {
        transfer: true,
      });
      const secondsPerStep = (performance.now() - before) / 1000 / steps;
      state = Object.fromEntries(
        Object.keys(state).map((name) => [name, outputs[name]!.data as Float32Array]),
      );
      done += steps;
      return { secondsPerStep, losses: [...outputs['loss']!.data] };
    },
    close: () => session.close(),
  };
}

/** What an input holds in the updates after `done`: where it is not of the update, the same in each. */
function feed({ dtype, shape, attributes: { name } }: Tensor<'input'>, done: number, steps: number) {
  if (name === 'step') return Float32Array.from({ length: steps }, (_, i) => done + i + 1);
  if (name === 'learningRate') return new Float32Array(steps).fill(LEARNING_RATE);
  const length = size(shape);
  const one = dtype === 'u8' ? irregularBytes(length) : Float32Array.from({ length }, (_, i) => Math.sin(i));
  const all = dtype === 'u8' ? new Uint8Array(steps * length) : new Float32Array(steps * length);
  for (let i = 0; i < steps; i++) all.set(one, i * length);
  return all;
}

export const irregularBytes = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
