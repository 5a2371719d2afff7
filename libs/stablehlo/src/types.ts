/** How StableHLO writes types and literals: https://openxla.org/stablehlo/spec */
import { allocate, isFloat, roundTo, size } from '@orrery/graph';
import type { DType, Shape, Tensor, TypedArray } from '@orrery/graph';

const elements: Readonly<Record<DType, string>> = {
  ...{ f32: 'f32', f64: 'f64', f16: 'f16', bf16: 'bf16', i32: 'i32', u32: 'ui32', u8: 'ui8', bool: 'i1' },
};

export interface Type {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** tensor<2x3xf32> */
export function typeText({ shape, dtype }: Type): string {
  return `tensor<${[...shape, elements[dtype]].join('x')}>`;
}

/** [1, 2] */
export function list(values: readonly number[]): string {
  return `[${values.join(', ')}]`;
}

/** [1:2:1, 0:3:2] */
export function ranges(
  start: readonly number[],
  limit: readonly number[],
  stride: readonly number[],
): string {
  return `[${start.map((from, axis) => `${from}:${limit[axis]}:${stride[axis]}`).join(', ')}]`;
}

/** The attribute of one number that fills a shape. */
export function filledLiteral(value: number, dtype: DType): string {
  if (dtype === 'bool') return `dense<${value !== 0}>`;
  // The bits, as decimals would round twice and have no word for what is not finite.
  return isFloat(dtype) ? `dense<0x${bitsOf(value, dtype)}>` : `dense<${value}>`;
}

/** The attribute of a constant; numbers by their bytes, row-major and little-endian. */
export function literal({ attributes: { value }, shape, dtype }: Tensor<'constant'>): string {
  // Not by ===, to which 0 and -0 are one.
  if (value.length > 0 && value.every((one: number) => Object.is(one, value[0])))
    return filledLiteral(value[0], dtype);
  if (dtype === 'bool') return `dense<${nested(Array.from(value, Boolean), shape)}>`;
  const bytes = bytesOf(value, dtype);
  return `dense<"0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}">`;
}

function nested(values: readonly boolean[], [extent, ...rest]: Shape): string {
  if (extent === undefined) return String(values[0]);
  const inner = size(rest);
  const parts = Array.from({ length: extent }, (_, i) =>
    nested(values.slice(i * inner, (i + 1) * inner), rest),
  );
  return `[${parts.join(', ')}]`;
}

/** The bits of one float, from the highest, in hexadecimal. */
function bitsOf(value: number, dtype: DType): string {
  const one = allocate(dtype, 1);
  one[0] = value;
  return [...bytesOf(roundTo(dtype, one), dtype)]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, '0').toUpperCase())
    .join('');
}

/** Little-endian bytes of an array in the width that its dtype has on a device. */
export function bytesOf(values: TypedArray, dtype: DType): Uint8Array {
  const bytes = new Uint8Array(values.length * widths[dtype]);
  const view = new DataView(bytes.buffer);
  const put = writers[dtype];
  values.forEach((value: number, i: number) => put(view, i, value));
  return bytes;
}

const widths: Readonly<Record<DType, number>> = {
  ...{ f32: 4, f64: 8, f16: 2, bf16: 2, i32: 4, u32: 4, u8: 1, bool: 1 },
};

const writers: Readonly<Record<DType, (view: DataView, i: number, value: number) => void>> = {
  f32: (view, i, value) => view.setFloat32(4 * i, value, true),
  f64: (view, i, value) => view.setFloat64(8 * i, value, true),
  f16: (view, i, value) => view.setUint16(2 * i, halfBits(value), true),
  bf16: (view, i, value) => view.setUint16(2 * i, floatBits(value) >>> 16, true),
  i32: (view, i, value) => view.setInt32(4 * i, value, true),
  u32: (view, i, value) => view.setUint32(4 * i, value, true),
  u8: (view, i, value) => view.setUint8(i, value),
  bool: (view, i, value) => view.setUint8(i, value),
};

const scratch = new DataView(new ArrayBuffer(4));

function floatBits(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** Of a value that binary16 holds exactly, as all of that dtype are. */
function halfBits(value: number): number {
  const bits = floatBits(value);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  if (exponent === 128) return sign | 0x7c00 | ((bits >>> 13) & 0x3ff);
  if (exponent >= -14) return sign | ((exponent + 15) << 10) | ((bits >>> 13) & 0x3ff);
  // Subnormal: whole multiples of 2^-24.
  return sign | (Math.abs(value) / 2 ** -24);
}
