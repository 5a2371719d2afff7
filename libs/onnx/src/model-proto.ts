/**
 * The part of ONNX's ModelProto that a lowered graph needs, with the field numbers of onnx.proto:
 * https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto (opset 21 came with its IR version 10).
 */
import type { DType, Shape, TypedArray } from '@orrery/graph';
import { toBits } from './half.ts';
import { ProtobufWriter } from './protobuf.ts';

/** A value's dtype in a file: a tensor's, or i64 for the shapes and axes that ONNX takes as inputs. */
export type StoredDType = DType | 'i64';

/** A named value of known dtype and shape. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: Shape;
}

export interface Initializer extends ValueInfo {
  /** Row-major, little-endian; f16 as f32, and in the file in its own 16 bits. */
  readonly data: TypedArray | BigInt64Array;
}

/** Numbers are integers: nothing that is lowered has attributes of floats. */
export type Attribute = number | string | readonly number[] | Graph;

export interface Node {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  readonly documentation?: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Shapes of intermediate values, for readers of the file. */
  readonly values: readonly ValueInfo[];
}

export const OPSET = 21;
const IR_VERSION = 10;
/** Protocol buffers, and so ONNX files without external data, end here. */
const LARGEST_FILE = 2 ** 31 - 1;

/** TensorProto.DataType */
export const dataTypes: Readonly<Record<StoredDType, number>> = {
  f32: 1,
  u8: 2,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  u32: 12,
  bf16: 16,
};
const attributeTypes = { integer: 2, string: 3, graph: 5, integers: 7 };

/** @throws when the file would exceed what a protocol buffer can hold */
export function encodeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  const large = tensorBytes(graph);
  if (large > LARGEST_FILE) {
    throw new Error(
      `onnx: the constants of "${graph.name}" take ${large} bytes, and a file holds ${LARGEST_FILE}; feed large ones as inputs`,
    );
  }
  return new ProtobufWriter()
    .integer(1, IR_VERSION)
    .string(2, 'orrery')
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (writer) => writer.string(1, '').integer(2, OPSET))
    .finish();
}

function tensorBytes({ initializers, nodes }: Graph): number {
  const own = initializers.reduce((sum, { data }) => sum + data.byteLength, 0);
  const inner = nodes.flatMap(({ attributes }) => Object.values(attributes).filter(isGraph));
  return inner.reduce((sum, graph) => sum + tensorBytes(graph), own);
}

function isGraph(value: Attribute): value is Graph {
  return typeof value === 'object' && 'nodes' in value;
}

function writeGraph(writer: ProtobufWriter, graph: Graph): void {
  for (const node of graph.nodes) writer.message(1, () => writeNode(writer, node));
  writer.string(2, graph.name);
  for (const initializer of graph.initializers) {
    writer.message(5, () => writeInitializer(writer, initializer));
  }
  if (graph.documentation !== undefined) writer.string(10, graph.documentation);
  for (const value of graph.inputs) writer.message(11, () => writeValueInfo(writer, value));
  for (const value of graph.outputs) writer.message(12, () => writeValueInfo(writer, value));
  for (const value of graph.values) writer.message(13, () => writeValueInfo(writer, value));
}

function writeNode(writer: ProtobufWriter, node: Node): void {
  for (const name of node.inputs) writer.string(1, name);
  for (const name of node.outputs) writer.string(2, name);
  writer.string(3, node.name).string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, () => writeAttribute(writer.string(1, name), value));
  }
}

function writeAttribute(writer: ProtobufWriter, value: Attribute): void {
  if (typeof value === 'number') {
    writer.integer(3, value).integer(20, attributeTypes.integer);
  } else if (typeof value === 'string') {
    writer.string(4, value).integer(20, attributeTypes.string);
  } else if (isGraph(value)) {
    writer.message(6, () => writeGraph(writer, value)).integer(20, attributeTypes.graph);
  } else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, attributeTypes.integers);
  }
}

function writeInitializer(writer: ProtobufWriter, { name, dtype, shape, data }: Initializer): void {
  for (const extent of shape) writer.integer(1, extent);
  const raw = dtype === 'f16' ? toBits(data as Float32Array, dtype) : data;
  writer
    .integer(2, dataTypes[dtype])
    .string(8, name)
    .bytes(9, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
}

function writeValueInfo(writer: ProtobufWriter, { name, dtype, shape }: ValueInfo): void {
  writer.string(1, name).message(2, () =>
    writer.message(1, () =>
      writer.integer(1, dataTypes[dtype]).message(2, () => {
        for (const extent of shape) writer.message(1, () => writer.integer(1, extent));
      }),
    ),
  );
}
