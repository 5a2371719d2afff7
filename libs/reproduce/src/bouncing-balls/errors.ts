/** The metric of the table: squared error, summed over the pixels of a frame, mean over frames and sequences. */
import { drawFrames, FRAMES, PIXELS } from './balls.ts';

/** @returns sum over a frame's pixels of (a - b)², a and b from an offset each */
export function frameError(a: Float32Array, atA: number, b: Float32Array, atB: number): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) {
    const difference = a[atA + i] - b[atB + i];
    sum += difference * difference;
  }
  return sum;
}

/** The frames of one sequence. @param centres [T, 3, 2] @returns [T, 30, 30] */
export function framesOf(centres: Float64Array): Float32Array {
  const frames = new Float32Array((centres.length / 6) * PIXELS);
  drawFrames(centres, frames);
  return frames;
}

/** Frames 2 to 100, each predicted as the one before. @param sequences [100, 3, 2] each */
export function copyLast(sequences: readonly Float64Array[]): number {
  return meanOver(sequences, (frames, t) => frameError(frames, (t - 1) * PIXELS, frames, t * PIXELS));
}

/** Frames 2 to 100, each predicted as the mean of all frames of other sequences. */
export function meanFrame(known: readonly Float64Array[], sequences: readonly Float64Array[]): number {
  const sums = new Float64Array(PIXELS);
  for (const centres of known) framesOf(centres).forEach((value, i) => (sums[i % PIXELS] += value));
  const mean = Float32Array.from(sums, (sum) => sum / (known.length * FRAMES));
  return meanOver(sequences, (frames, t) => frameError(mean, 0, frames, t * PIXELS));
}

function meanOver(
  sequences: readonly Float64Array[],
  errorAt: (frames: Float32Array, t: number) => number,
): number {
  let sum = 0;
  for (const centres of sequences) {
    const frames = framesOf(centres);
    for (let t = 1; t < FRAMES; t++) sum += errorAt(frames, t);
  }
  return sum / (sequences.length * (FRAMES - 1));
}
