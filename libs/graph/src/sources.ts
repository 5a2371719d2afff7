/** What a graph starts from: named inputs and constants. */
import { modelError } from './model-error.ts';
import { allocate, isFloat, roundTo } from './dtypes.ts';
import { checkShape, formatShape, size } from './extents.ts';
import type { DType, Shape, Tensor, TypedArray } from './tensor.ts';

/** A tensor, or a number that takes the other operand's dtype. */
export type Operand = Tensor | number | boolean;

export function input(name: string, shape: Shape, dtype: DType = 'f32'): Tensor<'input'> {
  checkShape(`input "${name}"`, shape);
  return { op: 'input', inputs: [], attributes: { name }, shape: [...shape], dtype };
}

/**
 * @param value one number fills the shape; a list has its size, row-major. It is copied.
 * @param shape by default [] for a number, [length] for a list
 * @param dtype by default that of a typed array, bool for booleans, else f32
 * @throws when the list does not fill the shape or a value is not one of the dtype
 */
export function constant(
  value: number | boolean | readonly number[] | TypedArray,
  shape?: Shape,
  dtype: DType = naturalDType(value),
): Tensor<'constant'> {
  const list = typeof value === 'object' ? value : [Number(value)];
  const actual = shape ?? (typeof value === 'object' ? [list.length] : []);
  checkShape('constant', actual);
  if (list.length !== 1 && list.length !== size(actual)) {
    throw modelError(
      `constant: ${list.length} values do not fill ${formatShape(actual)}; give ${size(actual)}, or one that fills it`,
    );
  }
  const stored = allocate(dtype, list.length);
  for (let i = 0; i < list.length; i++) {
    if (!isFloat(dtype) && !representable(list[i], dtype)) {
      throw modelError(`constant: ${list[i]} is no ${dtype}; give a whole number in range or another dtype`);
    }
    stored[i] = list[i];
  }
  const rounded = roundTo(dtype, stored);
  return { op: 'constant', inputs: [], attributes: { value: rounded }, shape: [...actual], dtype };
}

export function full(shape: Shape, value: number, dtype: DType = 'f32'): Tensor<'constant'> {
  return constant(value, shape, dtype);
}

export function zeros(shape: Shape, dtype: DType = 'f32'): Tensor<'constant'> {
  return constant(0, shape, dtype);
}

export function ones(shape: Shape, dtype: DType = 'f32'): Tensor<'constant'> {
  return constant(1, shape, dtype);
}

export function zerosLike(x: Tensor): Tensor<'constant'> {
  return constant(0, x.shape, x.dtype);
}

export function onesLike(x: Tensor): Tensor<'constant'> {
  return constant(1, x.shape, x.dtype);
}

/** [0, 1, ..., length - 1] */
export function arange(length: number, dtype: DType = 'i32'): Tensor<'constant'> {
  return constant(
    Array.from({ length }, (_, index) => index),
    [length],
    dtype,
  );
}

/** Numbers become constants of the dtype of the first tensor among the operands, f32 when there is none. */
export function operands(...list: readonly Operand[]): Tensor[] {
  const dtype = list.find((operand) => typeof operand === 'object')?.dtype;
  return list.map((operand) => (typeof operand === 'object' ? operand : constant(operand, [], dtype)));
}

function naturalDType(value: number | boolean | readonly number[] | TypedArray): DType {
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Float64Array) return 'f64';
  if (value instanceof Int32Array) return 'i32';
  if (value instanceof Uint32Array) return 'u32';
  return value instanceof Uint8Array ? 'u8' : 'f32';
}

function representable(value: number, dtype: DType): boolean {
  const stored = allocate(dtype, 1);
  stored[0] = value;
  return stored[0] === value && (dtype !== 'bool' || value <= 1);
}
