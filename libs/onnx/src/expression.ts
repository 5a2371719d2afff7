/** What a tensor becomes in ONNX: a small tree of operator calls over named values and literals. */
import { allocate, roundTo } from '@orrery/graph';
import type { Shape } from '@orrery/graph';
import { dataTypes } from './model-proto.ts';
import type { Attribute, Initializer, StoredDType } from './model-proto.ts';

/** A value that is in the file already. */
export interface Reference {
  readonly reference: string;
}

export interface Call {
  readonly opType: string;
  readonly inputs: readonly Expression[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export type Literal = Omit<Initializer, 'name'>;

export type Expression = Reference | Call | Literal;

export function call(
  opType: string,
  inputs: Call['inputs'],
  attributes: Readonly<Record<string, Attribute>> = {},
): Call {
  return { opType, inputs, attributes };
}

/** [n] int64: the shapes, axes and positions that ONNX takes as inputs. */
export function integers(values: readonly number[]): Literal {
  return { dtype: 'i64', shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

export function scalar(value: number, dtype: StoredDType): Literal {
  if (dtype === 'i64') return { dtype, shape: [], data: BigInt64Array.of(BigInt(value)) };
  const data = allocate(dtype, 1);
  data[0] = value;
  return { dtype: inFile(dtype), shape: [], data: roundTo(dtype, data) };
}

/** bf16 is rounded to, and carried on as f32 (carriers.ts). */
export function castTo(dtype: StoredDType, x: Expression): Call {
  const rounded = call('Cast', [x], { to: dataTypes[dtype] });
  return dtype === 'bf16' ? castTo('f32', rounded) : rounded;
}

/** What a dtype is in a file: onnxruntime takes and returns no bf16. */
export function inFile(dtype: StoredDType): StoredDType {
  return dtype === 'bf16' ? 'f32' : dtype;
}

export function reshapeTo(shape: Shape, x: Expression): Call {
  return call('Reshape', [x, integers(shape)]);
}

export function expandTo(shape: Shape, x: Expression): Call {
  return call('Expand', [x, integers(shape)]);
}
