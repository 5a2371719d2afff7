/** What a tensor becomes in ONNX: a small tree of operator calls over named values and literals. */
import type { DType, Shape } from '@orrery/graph';
import { dataTypes } from './model-proto.ts';
import type { Attribute, Initializer } from './model-proto.ts';

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

export function scalar(value: number, dtype: DType): Literal {
  return { dtype, shape: [], data: store[dtype](value) };
}

const store = {
  f32: (value: number) => Float32Array.of(value),
  f64: (value: number) => Float64Array.of(value),
  i32: (value: number) => Int32Array.of(value),
  u8: (value: number) => Uint8Array.of(value),
  bool: (value: number) => Uint8Array.of(value),
};

export function castTo(dtype: DType, x: Expression): Call {
  return call('Cast', [x], { to: dataTypes[dtype] });
}

export function reshapeTo(shape: Shape, x: Expression): Call {
  return call('Reshape', [x, integers(shape)]);
}

export function expandTo(shape: Shape, x: Expression): Call {
  return call('Expand', [x, integers(shape)]);
}
