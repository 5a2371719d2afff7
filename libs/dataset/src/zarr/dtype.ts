/** The element types that our arrays use, by their Zarr names. All are stored little-endian. */

export const dtypes = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export type DType = keyof typeof dtypes;
export type TypedArray = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;
/** The typed array that holds elements of `D`. */
export type ArrayOf<D extends DType> = InstanceType<(typeof dtypes)[D]>;

export const bytesPerElement = (dtype: DType) => dtypes[dtype].BYTES_PER_ELEMENT;
export const isFloat = (dtype: DType) => dtype.startsWith('float');

/** `length` zeros of a type. */
export function zeros<D extends DType>(dtype: D, length: number): ArrayOf<D> {
  return new dtypes[dtype](length) as ArrayOf<D>;
}

/** The bytes of an array, without a copy. */
export function asBytes(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Bytes as elements of a type; copies only where the bytes are not aligned. */
export function fromBytes<D extends DType>(dtype: D, bytes: Uint8Array): ArrayOf<D> {
  const size = bytesPerElement(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new dtypes[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / size,
  ) as ArrayOf<D>;
}
