/** Timing a recipe's updates, on arrays that are there already: what onnxruntime takes, and no data. */
import { size, type Tensor } from '@orrery/graph';
import type { Workload } from '@orrery/launch';
import { createSession } from '@orrery/onnx/node';
import { key } from '@orrery/random';
import { initialState, optimizerOf, trainLoop, type Training } from '@orrery/train';

/** Updates a call. */
const STEPS = 4;
const LEARNING_RATE = 1e-4;

/**
 * @param calls of some updates each, after one that nobody times
 * @returns s an update of the fastest call
 */
export async function secondsPerUpdate(
  { model, train }: Workload,
  training: Training,
  threads: number,
  calls: number,
): Promise<number> {
  const session = await createSession(trainLoop(train, STEPS), { threads });
  try {
    const first = initialState(model.parameters, optimizerOf(training), training.average, key(training.seed));
    let state: Record<string, Float32Array> = Object.fromEntries(
      Object.entries(first).map(([name, { data }]) => [name, data]),
    );
    const fed = train.inputs.filter(({ attributes: { name } }) => !(name in state));
    let best = Infinity;
    for (let call = 0; call <= calls; call++) {
      const feeds = {
        ...state,
        ...Object.fromEntries(fed.map((tensor) => [tensor.attributes.name, values(tensor)])),
      };
      const before = performance.now();
      const outputs = await session.run(feeds, undefined, { transfer: true });
      const seconds = (performance.now() - before) / 1000 / STEPS;
      if (call > 0) best = Math.min(best, seconds);
      state = Object.fromEntries(
        Object.keys(state).map((name) => [name, outputs[name]!.data as Float32Array]),
      );
    }
    return best;
  } finally {
    await session.close();
  }
}

/** For each update of a call, what an input holds: irregular numbers, where it is not the learning rate or the count. */
function values({ dtype, shape, attributes: { name } }: Tensor<'input'>) {
  const length = STEPS * size(shape);
  if (dtype === 'u8') return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  if (name === 'learningRate') return new Float32Array(length).fill(LEARNING_RATE);
  if (name === 'step') return Float32Array.from({ length }, (_, i) => i + 1);
  return Float32Array.from({ length }, (_, i) => Math.sin(i));
}
