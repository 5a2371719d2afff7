/** The types of elements: how many bytes they take on a device, and how the host stores and rounds them. */
import type { DType, TypedArray } from './tensor.ts';

interface Facts {
  readonly bytes: number;
  /** Numbers of 16 bits are stored as f32, which holds each of them. */
  readonly storage: new (length: number) => TypedArray;
  /** To the nearest value, ties to even; undefined where storing does it. */
  readonly round?: (x: number) => number;
}

const facts: Readonly<Record<DType, Facts>> = {
  f32: { bytes: 4, storage: Float32Array },
  f64: { bytes: 8, storage: Float64Array },
  /** IEEE 754 binary16 */
  f16: { bytes: 2, storage: Float32Array, round: rounding(10, -14, 65504) },
  /** f32 without the lower half of its bits */
  bf16: { bytes: 2, storage: Float32Array, round: rounding(7, -126, (2 - 2 ** -7) * 2 ** 127) },
  i32: { bytes: 4, storage: Int32Array },
  u32: { bytes: 4, storage: Uint32Array },
  u8: { bytes: 1, storage: Uint8Array },
  bool: { bytes: 1, storage: Uint8Array },
};

export const allDTypes = Object.keys(facts) as DType[];

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f64' || dtype === 'f16' || dtype === 'bf16';
}

export function bytesPerElement(dtype: DType): number {
  return facts[dtype].bytes;
}

const held: Readonly<Record<DType, readonly DType[]>> = {
  ...{ f64: ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'bool'], f32: ['f16', 'bf16', 'u8', 'bool'] },
  ...{ f16: ['u8', 'bool'], bf16: ['u8', 'bool'], i32: ['u8', 'bool'], u32: ['u8', 'bool'] },
  ...{ u8: ['bool'], bool: [] },
};

/** Whether every value of one dtype is one of the other too. */
export function holds(wide: DType, narrow: DType): boolean {
  return wide === narrow || held[wide].includes(narrow);
}

/** Zeros in the storage of a dtype. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new facts[dtype].storage(length);
}

/** Whether an array is what a dtype is stored in. */
export function stores(dtype: DType, array: TypedArray): boolean {
  return array instanceof facts[dtype].storage;
}

/** Rounds, in place, what is stored with more precision than the dtype has. */
export function roundTo<Values extends TypedArray>(dtype: DType, values: Values): Values {
  const { round } = facts[dtype];
  if (round) for (let i = 0; i < values.length; i++) values[i] = round(values[i]);
  return values;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Adding and subtracting it leaves whole numbers, ties to even: doubles of this size have no fractions. */
const unit = 2 ** 52;

/**
 * @param fractionBits after the leading one
 * @param lowest exponent of normal numbers
 * @param largest finite value; what would round beyond it is infinite
 */
function rounding(fractionBits: number, lowest: number, largest: number): (x: number) => number {
  return (x) => {
    if (x === 0 || !Number.isFinite(x)) return x;
    double[0] = x;
    const exponent = ((words[1] >>> 20) & 0x7ff) - 1023;
    const step = 2 ** (Math.max(exponent, lowest) - fractionBits);
    const size = (Math.abs(x) / step + unit - unit) * step;
    return Math.sign(x) * (size > largest ? Infinity : size);
  };
}
