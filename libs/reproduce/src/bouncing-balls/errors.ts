/** The metric of the table: squared error, summed over the pixels of a frame, mean over frames and sequences. */
import { input, optimize, program, type Tensor } from '@orrery/graph';
import type { FrameModel } from '@orrery/models';
import { createSession } from '@orrery/onnx/node';
import type { FitResult } from '@orrery/train';
import { drawFrames, FRAMES, PIXELS, SIDE } from './balls.ts';

/** Frames of a sequence that are seen before the model goes on by itself. */
export const SEEN = 10;
/** Frames that it then imagines. */
export const IMAGINED = 40;

export interface Measures {
  /** Frames 2 to 100, each from the true frames before it. */
  readonly oneStep: number;
  /** The same of frames 5 to 100, before which there are as many frames as the model sees. */
  readonly afterContext: number;
  /** Of each frame that is imagined after the first ten, [40] */
  readonly free: readonly number[];
}

/** The frames of one sequence. @param centres [T, 3, 2] @returns [T, 30, 30] */
export function framesOf(centres: Float64Array): Float32Array {
  const frames = new Float32Array((centres.length / 6) * PIXELS);
  drawFrames(centres, frames);
  return frames;
}

/** Each frame predicted as the one before; imagined, as the last that was seen. @param sequences [100, 3, 2] each */
export function copyLast(sequences: readonly Float64Array[]): Measures {
  return measuresOf(
    sequences,
    (frames, t) => frames.subarray((t - 1) * PIXELS, t * PIXELS),
    (frames) => frames.subarray((SEEN - 1) * PIXELS, SEEN * PIXELS),
  );
}

/** Each frame predicted as the mean of all frames of other sequences. */
export function meanFrame(known: readonly Float64Array[], sequences: readonly Float64Array[]): Measures {
  const sums = new Float64Array(PIXELS);
  for (const centres of known) framesOf(centres).forEach((value, i) => (sums[i % PIXELS] += value));
  const mean = Float32Array.from(sums, (sum) => sum / (known.length * FRAMES));
  return measuresOf(
    sequences,
    () => mean,
    () => mean,
  );
}

/** A model's predictions of all sequences at once. Before the first frame it sees black. */
export async function measure(
  model: FrameModel,
  weights: FitResult['parameters'],
  sequences: readonly Float64Array[],
  threads?: number,
): Promise<Measures> {
  const [batch, context] = [sequences.length, model.contextFrames];
  const seen = input('frames', [batch, context, 1, SIDE, SIDE]);
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]): [string, Tensor<'input'>] => [
      name,
      input(name, shape),
    ]),
  );
  const { frame } = model.step(parameters, model.encode(parameters, { frames: seen }));
  const graph = program({ frame }, [seen, ...Object.values(parameters)]);
  const session = await createSession(optimize(graph), { threads });
  const truth = sequences.map(framesOf);
  /** @param known [T, 30, 30] a sequence @param t the frame to predict; @returns [B, 30, 30] */
  const predict = async (known: readonly Float32Array[], t: number): Promise<Float32Array> => {
    const frames = new Float32Array(batch * context * PIXELS);
    const black = Math.max(0, context - t);
    known.forEach((of, i) =>
      frames.set(of.subarray((t - context + black) * PIXELS, t * PIXELS), (i * context + black) * PIXELS),
    );
    const outputs = await session.run({ frames, ...weights });
    return outputs['frame'].data as Float32Array;
  };
  try {
    const next: Float32Array[] = [];
    for (let t = 1; t < FRAMES; t++) next.push(await predict(truth, t));
    const imagined = truth.map((frames) => frames.slice(0, (SEEN + IMAGINED) * PIXELS));
    for (let t = SEEN; t < SEEN + IMAGINED; t++) {
      const predicted = await predict(imagined, t);
      imagined.forEach((frames, i) =>
        frames.set(predicted.subarray(i * PIXELS, (i + 1) * PIXELS), t * PIXELS),
      );
    }
    return measuresOf(
      sequences,
      (_, t, i) => next[t - 1].subarray(i * PIXELS, (i + 1) * PIXELS),
      (_, t, i) => imagined[i].subarray(t * PIXELS, (t + 1) * PIXELS),
    );
  } finally {
    await session.close();
  }
}

/** What is predicted as frame `t` of sequence `i`, whose true frames are `frames`: [30, 30] */
type Predictor = (frames: Float32Array, t: number, i: number) => Float32Array;

function measuresOf(sequences: readonly Float64Array[], next: Predictor, free: Predictor): Measures {
  const [nextErrors, freeErrors] = [new Float64Array(FRAMES), new Float64Array(FRAMES)];
  sequences.forEach((centres, i) => {
    const frames = framesOf(centres);
    const error = (predictor: Predictor, t: number) => frameError(predictor(frames, t, i), frames, t);
    for (let t = 1; t < FRAMES; t++) nextErrors[t] += error(next, t);
    for (let t = SEEN; t < SEEN + IMAGINED; t++) freeErrors[t] += error(free, t);
  });
  const mean = (from: number) =>
    nextErrors.slice(from).reduce((sum, error) => sum + error) / ((FRAMES - from) * sequences.length);
  return {
    ...{ oneStep: mean(1), afterContext: mean(4) },
    free: Array.from(freeErrors.slice(SEEN, SEEN + IMAGINED), (sum) => sum / sequences.length),
  };
}

/** @param predicted [30, 30] @param frames [T, 30, 30] @returns the squared error of frame `t`, summed over pixels */
function frameError(predicted: Float32Array, frames: Float32Array, t: number): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) {
    const difference = predicted[i] - frames[t * PIXELS + i];
    sum += difference * difference;
  }
  return sum;
}
