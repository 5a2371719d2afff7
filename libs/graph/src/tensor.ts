/**
 * The symbolic tensor: an immutable node of a graph with a static shape.
 *
 * A graph is what can be reached from its outputs; there is no container. Every fact about an op (shape rule,
 * gradient, reference evaluation, FLOPs, ONNX) lives in a table with one row an op, keyed by `OpName`.
 */

export type DType = 'f32' | 'f64' | 'f16' | 'bf16' | 'i32' | 'u32' | 'u8' | 'bool';
export type Shape = readonly number[];
/** f16 and bf16 are stored as f32, rounded. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/**
 * The primitives with their attributes. Binary ops broadcast as NumPy does. Reductions drop the reduced axes.
 * Axes are non-negative in attributes; the public functions accept negative ones.
 */
export interface OpAttributes {
  input: { readonly name: string };
  /** `value` has the tensor's size, or one element that fills it. */
  constant: { readonly value: TypedArray };

  neg: object;
  exp: object;
  log: object;
  sqrt: object;
  tanh: object;
  sigmoid: object;
  sin: object;
  cos: object;
  abs: object;
  sign: object;
  floor: object;
  not: object;

  add: object;
  sub: object;
  mul: object;
  div: object;
  pow: object;
  max: object;
  min: object;
  equal: object;
  less: object;
  lessEqual: object;
  and: object;
  or: object;

  /** inputs: condition (bool), whenTrue, whenFalse; all three broadcast */
  select: object;
  cast: { readonly dtype: DType };
  /** its input, as a constant to `gradient`; lowers to the identity, and `optimize` drops it */
  stopGradient: object;

  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** NumPy's broadcast_to */
  broadcast: { readonly shape: Shape };
  concat: { readonly axis: number };
  /** start inclusive, limit exclusive, positive stride; one entry an axis */
  slice: {
    readonly start: readonly number[];
    readonly limit: readonly number[];
    readonly stride: readonly number[];
  };
  /** zeros before and after each axis, and between the elements of each axis (`interior`), as StableHLO's pad */
  pad: {
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly interior: readonly number[];
  };
  reverse: { readonly axes: readonly number[] };

  reduceSum: { readonly axes: readonly number[] };
  reduceMax: { readonly axes: readonly number[] };

  /** [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast */
  matmul: object;
  /**
   * x [B, C, H, W], kernel [O, C, kH, kW] -> [B, O, H', W'] (cross-correlation).
   * padding: [[top, bottom], [left, right]] zeros; dilation applies to the kernel.
   */
  conv2d: {
    readonly stride: readonly [number, number];
    readonly padding: readonly [readonly [number, number], readonly [number, number]];
    readonly dilation: readonly [number, number];
  };
  /** inputs: x, indices (i32); output shape: x.shape with `axis` replaced by indices.shape */
  gather: { readonly axis: number };
  /** inputs: indices (i32), updates; sums updates into zeros: the transpose of gather; `size` is the length of `axis` */
  scatterAdd: { readonly axis: number; readonly size: number };
  /**
   * inputs: initial carries, scanned [steps, ...], captured; result: last carries, then what is stacked [steps, ...], each
   * flattened, one after the other
   */
  scan: { readonly loop: ScanLoop };
}

export type OpName = keyof OpAttributes;
/** Ops without inputs: what a graph starts from. */
export type SourceName = 'input' | 'constant';
/** Ops that compute. Tables have one row for each of these. */
export type PrimitiveName = Exclude<OpName, SourceName>;

export interface Tensor<Op extends OpName = OpName> {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: OpAttributes[Op];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a scan repeats. */
export interface ScanLoop {
  /** One for each of the scan's inputs, in their order; a scanned one has the shape of one slice. */
  readonly inputs: readonly Tensor<'input'>[];
  /** The next carries, then what is stacked; all of one float dtype. */
  readonly outputs: readonly Tensor[];
  readonly carries: number;
  readonly scanned: number;
  readonly steps: number;
  /** From the last slice to the first. */
  readonly reverse: boolean;
  /** What the forward scan stacks for the gradient: the carries and costly products, or the carries alone. */
  readonly keep?: 'products' | 'carries';
  /** The loop whose outputs these begin with: both over the same inputs are computed once. */
  readonly extends?: ScanLoop;
}

/** A function over tensors, ready to be lowered: `inputs` are "input" nodes with distinct names. */
export interface Program {
  readonly inputs: readonly Tensor<'input'>[];
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/**
 * K repetitions of `body` in one call. An output named in `carry` feeds the input it names in the next repetition;
 * every other input gets a leading axis of K (one slice a repetition), every other output is stacked along one.
 */
export interface Loop {
  readonly body: Program;
  /** output name -> input name; shapes and dtypes agree */
  readonly carry: Readonly<Record<string, string>>;
  readonly steps: number;
}
