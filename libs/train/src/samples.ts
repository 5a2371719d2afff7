/** What is learned from where there are no clips: named arrays whose first axis counts samples. */
import type { DType, Shape, TypedArray } from '@orrery/graph';
import { bits, foldIn, permutation, type Key } from '@orrery/random';

/** Samples that can be read by index. */
export interface SampleSource {
  readonly count: number;
  /** Of one sample, by the names that the loss reads. */
  readonly inputs: Readonly<Record<string, { readonly dtype: DType; readonly shape: Shape }>>;
  /** @returns for each name the samples one after another, [indices.length, ...shape] */
  read(indices: Uint32Array): Record<string, TypedArray>;
}

/** f32 or u8, row-major, [N, ...]. */
export interface SampleArray {
  readonly shape: Shape;
  readonly data: Float32Array | Uint8Array;
}

/**
 * Samples in memory.
 * @throws when arrays hold different numbers of samples, or not as many values as their shape says
 */
export function samplesOf(arrays: Readonly<Record<string, SampleArray>>): SampleSource {
  const entries = Object.entries(arrays);
  const count = entries[0]?.[1].shape[0] ?? 0;
  for (const [name, { shape, data }] of entries) {
    const values = shape.reduce((product, extent) => product * extent, 1);
    if (shape[0] !== count || count === 0)
      throw new Error(
        `samples "${name}": ${shape[0] ?? 0} of them, ${count} of "${entries[0][0]}"; give as many, at least 1`,
      );
    if (data.length !== values)
      throw new Error(`samples "${name}": ${data.length} values for [${shape.join(', ')}]; give ${values}`);
  }
  return {
    count,
    inputs: Object.fromEntries(
      entries.map(([name, { shape, data }]) => [
        name,
        { dtype: data instanceof Uint8Array ? 'u8' : 'f32', shape: shape.slice(1) },
      ]),
    ),
    read: (indices) =>
      Object.fromEntries(
        entries.map(([name, { data }]) => {
          const size = data.length / count;
          const picked = new (data.constructor as Float32ArrayConstructor)(indices.length * size);
          indices.forEach((index, i) =>
            picked.set(data.subarray(index * size, (index + 1) * size), i * size),
          );
          return [name, picked];
        }),
      ),
  };
}

/**
 * How minibatches are drawn: `epochs` goes through all samples in a fresh order before any comes again; `draws` gives each
 * update a fresh subset; `all` gives each update all samples in their own order.
 */
export type BatchOrder = 'epochs' | 'draws' | 'all';

/** The samples of update `step`, from 0, whatever was asked before. */
export function batchAt(
  order: BatchOrder,
  count: number,
  batch: number,
  key: Key,
): (step: number) => Uint32Array {
  if (order === 'all') {
    const all = Uint32Array.from({ length: count }, (_, i) => i);
    return () => all;
  }
  if (batch > count)
    throw new Error(`training: batches of ${batch} do not fit into ${count} samples; lower "batch"`);
  if (order === 'draws') return (step) => subset(foldIn(key, step), count, batch);
  let known: { epoch: number; order: Uint32Array } | undefined;
  const inEpoch = (epoch: number) => {
    if (known?.epoch !== epoch) known = { epoch, order: permutation(foldIn(key, epoch), count) };
    return known.order;
  };
  // Where the batch does not divide the samples, a batch ends in the epoch after.
  return (step) =>
    Uint32Array.from({ length: batch }, (_, i) => {
      const position = step * batch + i;
      return inEpoch(Math.floor(position / count))[position % count];
    });
}

/** `size` of the numbers 0 ... count-1, each subset as likely: the first swaps of a Fisher-Yates shuffle. */
function subset(key: Key, count: number, size: number): Uint32Array {
  const words = bits(key, size);
  const moved = new Map<number, number>();
  return Uint32Array.from({ length: size }, (_, i) => {
    const j = i + Math.floor((words[i] / 0x100000000) * (count - i));
    const picked = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return picked;
  });
}
