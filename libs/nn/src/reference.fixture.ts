/** For tests: what JAX and its libraries compute, by reference/layers.py. */
import computed from '../reference/layers.json' with { type: 'json' };

export interface Reference {
  readonly layers: Readonly<Record<string, LayerReference>>;
  readonly initialisers: Readonly<Record<string, { readonly shape: number[]; readonly values: number[] }>>;
  /** After each update, by parameter. */
  readonly optimizers: Readonly<Record<string, readonly Readonly<Record<string, number[]>>[]>>;
  /** At the steps 0, 1, 2, ... */
  readonly schedules: Readonly<Record<string, readonly number[]>>;
  /** After each update. */
  readonly movingAverage: readonly (readonly number[])[];
}

export interface LayerReference {
  /** Shapes by name; values are wave(size, k) for the k-th, plus its shift. */
  readonly inputs: Readonly<Record<string, number[]>>;
  readonly shift?: Readonly<Record<string, number>>;
  /** Whole numbers, nested as their shape. */
  readonly integers?: Readonly<Record<string, unknown[]>>;
  readonly outputs: Readonly<Record<string, { readonly shape: number[]; readonly values: number[] }>>;
  /** Of the sum over outputs, k-th again, of output * wave(size, 100 + k); by input. */
  readonly gradients: Readonly<Record<string, number[]>>;
}

// Not every record of the file has all names.
export const reference = computed as unknown as Reference;

/** Irregular values of either sign, up to 1. */
export function wave(size: number, seed: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => Math.sin(1 + 2.399963 * i + 7.1 * seed));
}
