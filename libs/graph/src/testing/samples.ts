/** For tests: random uses of each op, one row an op. */
import fc from 'fast-check';
import * as graph from '../index.ts';
import type { DType, PrimitiveName, Shape, Tensor } from '../index.ts';

export interface Sample {
  readonly output: Tensor;
  /** Lowest and highest value of inputs that need other ones than usual. */
  readonly ranges: Readonly<Record<string, readonly [number, number]>>;
}

const everything = graph.allDTypes;
const floats = everything.filter(graph.isFloat);
const signed: readonly DType[] = [...floats, 'i32'];
const numbers: readonly DType[] = [...signed, 'u32'];

const extent = fc.integer({ min: 1, max: 4 });
const shapeOf = (minLength: number, maxLength: number) => fc.array(extent, { minLength, maxLength });
const anyShape = shapeOf(0, 4);
/** One value for each axis. */
const perAxis = <T>(shape: Shape, arbitrary: (extent: number) => fc.Arbitrary<T>) =>
  fc.tuple(...shape.map(arbitrary)) as unknown as fc.Arbitrary<T[]>;

type Build = (x: Tensor) => Tensor;
type Ranges = Sample['ranges'];

function unary(build: Build, dtypes: readonly DType[], ranges: Ranges = {}): fc.Arbitrary<Sample> {
  return fc
    .tuple(anyShape, fc.constantFrom(...dtypes))
    .map(([shape, dtype]) => ({ output: build(graph.input('x', shape, dtype)), ranges }));
}

/** A shape that broadcasts to `shape`: without leading axes, and with extents of 1. */
function narrower(shape: Shape): fc.Arbitrary<Shape> {
  return fc
    .tuple(
      fc.nat(shape.length),
      perAxis(shape, () => fc.boolean()),
    )
    .map(([drop, ones]) => shape.map((n, axis) => (ones[axis] ? 1 : n)).slice(drop));
}

/** An operand in one of the ways that broadcasting happens: by itself, by an op, or as a filled constant. */
function operand(name: string, shape: Shape, dtype: DType): fc.Arbitrary<Tensor> {
  const narrow = narrower(shape).map((own) => graph.input(name, own, dtype));
  return fc.oneof(
    fc.constant(graph.input(name, shape, dtype)),
    narrow,
    narrow.map((x) => graph.broadcastTo(x, shape)),
    fc.constant(graph.full(shape, 1, dtype)),
    fc.constant(graph.constant(1, [], dtype)),
  );
}

function binary(
  build: (a: Tensor, b: Tensor) => Tensor,
  dtypes: readonly DType[],
  ranges: Ranges = {},
): fc.Arbitrary<Sample> {
  return fc
    .tuple(anyShape, fc.constantFrom(...dtypes))
    .chain(([shape, dtype]) => fc.tuple(operand('a', shape, dtype), operand('b', shape, dtype)))
    .map(([a, b]) => ({ output: build(a, b), ranges }));
}

function shaped(
  build: (x: Tensor) => fc.Arbitrary<Tensor>,
  dtypes: readonly DType[] = everything,
  shapes = anyShape,
): fc.Arbitrary<Sample> {
  return fc
    .tuple(shapes, fc.constantFrom(...dtypes))
    .chain(([shape, dtype]) => build(graph.input('x', shape, dtype)))
    .map((output) => ({ output, ranges: {} }));
}

const axesOf = (x: Tensor) => fc.subarray(x.shape.map((_, axis) => axis));
const permutationOf = (x: Tensor) =>
  fc.shuffledSubarray(
    x.shape.map((_, axis) => axis),
    { minLength: x.shape.length },
  );
const reduction = (op: 'reduceSum' | 'reduceMax') =>
  shaped((x) => axesOf(x).map((axes) => graph.apply(op, [x], { axes })), numbers);

/** An operand of a matrix product, possibly written as another's transpose. */
function factor(
  name: string,
  batch: Shape,
  rows: number,
  columns: number,
  dtype: DType,
): fc.Arbitrary<Tensor> {
  return fc
    .tuple(narrower(batch), fc.boolean())
    .map(([lead, transposed]) =>
      transposed
        ? graph.transpose(graph.input(name, [...lead, columns, rows], dtype))
        : graph.input(name, [...lead, rows, columns], dtype),
    );
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
/** @param prepare what the image goes through before */
function convolution(
  prepare: (x: Tensor) => fc.Arbitrary<Tensor>,
  { stride = pair(1, 3), kernel = pair(1, 3), padding = pair(0, 2) } = {},
): fc.Arbitrary<Sample> {
  const settings = fc.record({
    image: fc.tuple(extent, extent, fc.integer({ min: 5, max: 8 }), fc.integer({ min: 5, max: 8 })),
    outputs: extent,
    kernel,
    turned: fc.constantFrom([], [2], [2, 3]),
    stride,
    padding: fc.tuple(padding, padding),
    dilation: pair(1, 2),
    dtype: fc.constantFrom(...floats),
  });
  return settings.chain(({ image, outputs, kernel: window, turned, dtype, ...options }) => {
    const channels = image[1];
    const weights =
      turned.length > 0
        ? graph.transpose(
            graph.reverse(graph.input('kernel', [channels, outputs, ...window], dtype), turned),
            [1, 0, 2, 3],
          )
        : graph.input('kernel', [outputs, channels, ...window], dtype);
    return prepare(graph.input('x', image, dtype)).map((x) => ({
      output: graph.conv2d(x, weights, options),
      ranges: {},
    }));
  });
}

const indexed = fc.record({
  before: shapeOf(0, 2),
  positions: shapeOf(0, 2),
  after: shapeOf(0, 2),
  size: extent,
  dtype: fc.constantFrom(...numbers),
});

export const samples: { readonly [Op in PrimitiveName]: fc.Arbitrary<Sample> } = {
  neg: unary(graph.neg, signed),
  exp: unary(graph.exp, floats),
  log: unary(graph.log, floats, { x: [0.0625, 4] }),
  sqrt: unary(graph.sqrt, floats, { x: [0, 4] }),
  tanh: unary(graph.tanh, floats),
  sigmoid: unary(graph.sigmoid, floats),
  sin: unary(graph.sin, floats),
  cos: unary(graph.cos, floats),
  abs: unary(graph.abs, signed),
  sign: unary(graph.sign, signed),
  floor: unary(graph.floor, floats),
  not: unary(graph.not, ['bool']),
  stopGradient: unary(graph.stopGradient, everything),

  add: binary(graph.add, numbers),
  sub: binary(graph.sub, numbers),
  mul: binary(graph.mul, numbers),
  div: binary(graph.div, numbers, { b: [1, 5] }),
  pow: binary(graph.pow, floats, { a: [0.0625, 4] }),
  max: binary(graph.maximum, numbers),
  min: binary(graph.minimum, numbers),
  equal: binary(graph.equal, everything),
  less: binary(graph.less, numbers),
  lessEqual: binary(graph.lessEqual, numbers),
  and: binary(graph.and, ['bool']),
  or: binary(graph.or, ['bool']),
  select: fc
    .tuple(anyShape, fc.constantFrom(...everything))
    .chain(([shape, dtype]) =>
      fc.tuple(operand('condition', shape, 'bool'), operand('a', shape, dtype), operand('b', shape, dtype)),
    )
    .map(([condition, a, b]) => ({ output: graph.select(condition, a, b), ranges: {} })),
  cast: fc
    .tuple(anyShape, fc.constantFrom(...everything), fc.constantFrom(...everything))
    .map(([shape, from, to]) => ({
      output: graph.cast(graph.input('x', shape, from), to),
      // What a dtype cannot hold has no agreed value.
      ranges: { x: from === 'bool' ? ([0, 1] as const) : ([0, 100] as const) },
    })),

  reshape: shaped((x) =>
    permutationOf(x).map((order) =>
      graph.reshape(
        x,
        order.map((axis) => x.shape[axis]),
      ),
    ),
  ),
  transpose: shaped((x) => permutationOf(x).map((permutation) => graph.transpose(x, permutation))),
  broadcast: fc.tuple(anyShape, fc.constantFrom(...everything)).chain(([shape, dtype]) =>
    narrower(shape).map((own) => ({
      output: graph.broadcastTo(graph.input('x', own, dtype), shape),
      ranges: {},
    })),
  ),
  concat: fc
    .tuple(shapeOf(1, 4), fc.constantFrom(...everything), fc.array(extent, { minLength: 2, maxLength: 4 }))
    .chain(([shape, dtype, extents]) =>
      fc.nat(shape.length - 1).map((axis) => ({
        output: graph.concat(
          extents.map((n, i) => graph.input(`x${i}`, shape.with(axis, n), dtype)),
          axis,
        ),
        ranges: {},
      })),
    ),
  slice: shaped((x) =>
    perAxis(x.shape, (n) =>
      fc.tuple(fc.nat(n - 1), fc.nat(n - 1), extent).map(([a, b, stride]) => ({
        start: Math.min(a, b),
        limit: Math.max(a, b) + 1,
        stride,
      })),
    ).map((cuts) =>
      graph.slice(
        x,
        cuts.map(({ start }) => start),
        cuts.map(({ limit }) => limit),
        cuts.map(({ stride }) => stride),
      ),
    ),
  ),
  pad: shaped((x) =>
    perAxis(x.shape, () => fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2))).map((amounts) =>
      graph.pad(
        x,
        amounts.map(([low]) => low),
        amounts.map(([, high]) => high),
        amounts.map(([, , interior]) => interior),
      ),
    ),
  ),
  reverse: shaped((x) => axesOf(x).map((axes) => graph.reverse(x, axes))),

  reduceSum: reduction('reduceSum'),
  reduceMax: reduction('reduceMax'),

  matmul: fc
    .tuple(shapeOf(0, 2), extent, extent, extent, fc.constantFrom(...floats))
    .chain(([batch, rows, inner, columns, dtype]) =>
      fc.tuple(factor('a', batch, rows, inner, dtype), factor('b', batch, inner, columns, dtype)),
    )
    .map(([a, b]) => ({ output: graph.matmul(a, b), ranges: {} })),
  conv2d: fc.oneof(
    convolution((x) => fc.constant(x)),
    // As gradients and transposed convolutions have it: zeros between the elements.
    convolution(
      (x) =>
        fc
          .tuple(pair(0, 2), pair(0, 3), pair(0, 2))
          .map(([low, high, gaps]) => graph.pad(x, [0, 0, ...low], [0, 0, ...high], [0, 0, ...gaps])),
      {
        stride: fc.oneof({ weight: 2, arbitrary: fc.constant<[number, number]>([1, 1]) }, pair(1, 2)),
        kernel: pair(2, 3),
        padding: pair(0, 1),
      },
    ),
  ),
  gather: indexed.map(({ before, positions, after, size, dtype }) => ({
    output: graph.gather(
      graph.input('x', [...before, size, ...after], dtype),
      graph.input('indices', positions, 'i32'),
      before.length,
    ),
    ranges: { indices: [0, size - 1] },
  })),
  scan: fc
    .tuple(
      fc.record({ steps: extent, rows: extent, columns: extent, dtype: fc.constantFrom(...floats) }),
      fc.boolean(),
    )
    .map(([{ steps, rows, columns, dtype }, reverse]) => {
      const factor = graph.input('factor', [columns, columns], dtype);
      const { carry, outputs } = graph.scan(
        ([state, count], [x, place]) => {
          const next = graph.tanh(graph.add(graph.matmul(state, factor), graph.take(x, 0)));
          const index = graph.cast(place, dtype);
          return { carry: [next, graph.add(count, index)], outputs: [graph.mul(x, index), state] };
        },
        [graph.input('start', [rows, columns], dtype), graph.constant(1, [], dtype)],
        [graph.input('xs', [steps, 2, columns], dtype), graph.arange(steps)],
        { reverse },
      );
      const parts = [...carry, ...outputs].map((part) => graph.reshape(part, [-1]));
      // All outputs, one of them in part.
      return { output: graph.concat([...parts, graph.sliceAxis(parts[2], 0, 0, 1)]), ranges: {} };
    }),
  scatterAdd: indexed.map(({ before, positions, after, size, dtype }) => ({
    output: graph.scatterAdd(
      graph.input('indices', positions, 'i32'),
      graph.input('updates', [...before, ...positions, ...after], dtype),
      size,
      before.length,
    ),
    ranges: { indices: [0, size - 1] },
  })),
};
