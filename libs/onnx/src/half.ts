/** Numbers of 16 bits as files and devices hold them; the host computes with them as f32 (libs/graph, dtypes.ts). */

import { roundTo } from '@orrery/graph';

export type HalfDType = 'f16' | 'bf16';

/** Rounds to the nearest, ties to even. */
export function toBits(values: Float32Array, dtype: HalfDType): Uint16Array<ArrayBuffer> {
  const rounded = roundTo(dtype, Float32Array.from(values));
  const words = new Uint32Array(rounded.buffer);
  if (dtype === 'bf16') return Uint16Array.from(words, (word) => word >>> 16);
  return Uint16Array.from(words, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const exponent = ((word >>> 23) & 0xff) - 127;
    const fraction = word & 0x7fffff;
    if (exponent === 128) return sign | 0x7c00 | (fraction > 0 ? 0x200 : 0);
    if (exponent >= -14) return sign | ((exponent + 15) << 10) | (fraction >>> 13);
    return sign | (Math.abs(rounded[i]) * 2 ** 24);
  });
}

export function fromBits(bits: Uint16Array, dtype: HalfDType): Float32Array<ArrayBuffer> {
  if (dtype === 'bf16') return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 31) return fraction > 0 ? NaN : sign * Infinity;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
