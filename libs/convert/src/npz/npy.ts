import type { DType } from '@orrery/dataset';

const DESCRIPTORS: Record<DType, string> = {
  uint8: '|u1',
  int32: '<i4',
  uint32: '<u4',
  float32: '<f4',
  float64: '<f8',
};

/**
 * What stands before the values of an array in NumPy's .npy format, version 1.0, row-major.
 * Source: numpy.lib.format.
 */
export function npyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCRIPTORS[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Magic, version, length and text together are a multiple of 64 bytes, so that the values are aligned.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new Uint8Array(10 + length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  header.set(new TextEncoder().encode(text.padEnd(length - 1) + '\n'), 10);
  return header;
}
