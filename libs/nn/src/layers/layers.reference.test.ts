/** Each layer against what Flax, Equinox or JAX computes: values and gradients, in double and in single precision. */
import {
  add,
  constant,
  evaluate,
  gelu,
  gradient,
  input,
  mul,
  reduceSum,
  size,
  tanh,
  type DType,
  type Tensor,
} from '@orrery/graph';
import { describe, expect, test } from 'vitest';
import {
  adaptiveResidual,
  attention,
  batchNorm,
  blockCausal,
  causal,
  convolution,
  embedding,
  film,
  gridPositions,
  groupNorm,
  gru,
  layerNorm,
  linear,
  lstm,
  messagePassing,
  mlp,
  recurrent,
  rmsNorm,
  sinusoids,
  spatialTemporalAttention,
  transposedConvolution,
  type Layer,
  type Parameters,
} from '../index.ts';
import { reference, wave, type LayerReference } from '../reference.fixture.ts';

type Build = (given: Parameters) => Record<string, Tensor>;

/** A layer of one tensor named x, whose result is y. */
const simple =
  (layer: Layer): Build =>
  (given) => ({ y: layer(given, given.x) });

const transposed = (edge: number, stride: number, inputs = 2, outputs = 3) =>
  simple(transposedConvolution('c', { inputs, outputs, size: edge, stride }));
const convolved = (options: { stride?: number; dilation?: number }) =>
  simple(convolution('c', { inputs: 2, outputs: 3, ...options }));
const normed = batchNorm('n', { features: 4 });
const heads = { features: 4, heads: 2 };
const adaptive: Build = (given) => {
  const inner = linear('d.inner', { inputs: 3, outputs: 3 });
  return { y: adaptiveResidual('d', { features: 3, condition: 2 }, inner)(given, given.x, given.condition) };
};

const longShortTerm =
  (unroll: boolean): Build =>
  ({ x, h, c, ...given }) => {
    const layer = recurrent(lstm('l', { inputs: 2, features: 3 }), { unroll });
    const { outputs, state } = layer(given, x, { hidden: h, cell: c });
    return { outputs, ...state };
  };

const builds: Record<string, Build> = {
  linear: simple(linear('l', { inputs: 4, outputs: 5 })),
  mlp: simple(mlp('m', { widths: [2, 4, 2], activation: gelu })),
  embedding: (given) => ({ y: embedding('e', { count: 5, features: 3 })(given, given.indices) }),
  sinusoids: ({ x }) => ({ y: sinusoids(x, 6) }),
  convolution: convolved({}),
  'convolution, strided': convolved({ stride: 2 }),
  'convolution, dilated': convolved({ dilation: 2 }),
  'transposedConvolution, 4 by 2': transposed(4, 2),
  'transposedConvolution, 3 by 2': transposed(3, 2),
  'transposedConvolution, 3 by 1': transposed(3, 1),
  'transposedConvolution, 2 by 2': transposed(2, 2),
  'transposedConvolution, 5 by 3': transposed(5, 3),
  'transposedConvolution, whole': simple(
    transposedConvolution('c', { inputs: 1, outputs: 2, size: 3, stride: 2, padding: 0 }),
  ),
  layerNorm: simple(layerNorm('n', { features: 4 })),
  rmsNorm: simple(rmsNorm('n', { features: 4 })),
  groupNorm: simple(groupNorm('n', { features: 4, groups: 2 })),
  'batchNorm, training': (given) => {
    const { y, statistics } = normed.train(given, given.x);
    return { y, ...statistics };
  },
  'batchNorm, inference': simple(normed),
  attention: simple(attention('a', heads)),
  'attention, causal': simple(attention('a', { ...heads, mask: causal })),
  'attention, block-causal': simple(attention('a', { ...heads, mask: blockCausal(2) })),
  'attention, to a context': (given) => ({
    y: attention('a', { ...heads, contextFeatures: 5 })(given, given.x, given.context),
  }),
  'attention, rotary': simple(attention('a', { ...heads, headFeatures: 4, rotary: true })),
  'attention, rotary over a grid with normalised queries and keys': simple(
    attention('a', {
      ...{ features: 4, heads: 1, queryKeyNorm: true },
      rotary: { positions: gridPositions([2, 3]) },
    }),
  ),
  spatialTemporalAttention: simple(spatialTemporalAttention('s', heads)),
  gru: (given) => ({ ...recurrent(gru('g', { inputs: 2, features: 3 }))(given, given.x, given.h) }),
  'gru, unrolled': (given) => ({
    ...recurrent(gru('g', { inputs: 2, features: 3 }), { unroll: true })(given, given.x, given.h),
  }),
  lstm: longShortTerm(false),
  'lstm, unrolled': longShortTerm(true),
  film: (given) => ({ y: film('f', { features: 3, condition: 2 })(given, given.x, given.condition) }),
  adaptiveResidual: adaptive,
  'adaptiveResidual, a condition a frame': adaptive,
  messagePassing: ({ nodes, edges, ...given }) => {
    const { senders, receivers, weights } = given;
    const layer = messagePassing('p', {
      ...{ features: 3, edgeFeatures: 2, messageFeatures: 2 },
      activation: tanh,
    });
    return { y: layer(given, nodes, { senders, receivers, weights, features: edges }) };
  },
};

/** Outputs and the gradients by each input, as plain numbers. */
function run(build: Build, { inputs, shift, integers = {}, outputs }: LayerReference, dtype: DType) {
  const given = Object.entries(inputs).map(([name, shape]) => [name, input(name, shape, dtype)] as const);
  const whole = Object.entries(integers).map(([name, nested]) => {
    const values = nested.flat(Infinity) as number[];
    const inner = Array.isArray(nested[0]) ? [nested[0].length] : [];
    return [name, constant(values, [nested.length, ...inner], 'i32')] as const;
  });
  const results = build(Object.fromEntries([...given, ...whole]));
  const loss = Object.keys(outputs)
    .map((name, k) => {
      const weights = wave(size(results[name].shape), 100 + k);
      return reduceSum(mul(results[name], constant(weights, results[name].shape, dtype)));
    })
    .reduce((sum, part) => add(sum, part));
  const slopes = gradient(
    loss,
    given.map(([, tensor]) => tensor),
  );
  const feeds = Object.fromEntries(
    given.map(([name, { shape }], k) => [name, wave(size(shape), k).map((v) => v + (shift?.[name] ?? 0))]),
  );
  const values = evaluate(
    {
      ...Object.fromEntries(Object.entries(results).map(([name, tensor]) => [`outputs/${name}`, tensor])),
      ...Object.fromEntries(given.map(([name], k) => [`gradients/${name}`, slopes[k]])),
    },
    feeds,
  );
  return { shapes: Object.fromEntries(Object.entries(results).map(([name, y]) => [name, y.shape])), values };
}

/** Relative to the largest value of the array. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const error = Math.max(...expected.map((value, i) => Math.abs(actual[i] - value)));
  expect(error / scale).toBeLessThan(tolerance);
}

/** The same layer in another form. */
const formOf = (name: string) => name.replace(', unrolled', '');

test('every layer that was computed elsewhere is compared, and no other', () => {
  const compared = new Set(Object.keys(builds).map(formOf));
  expect([...compared].sort()).toEqual(Object.keys(reference.layers).sort());
});

describe.each([
  ['f64', 1e-8],
  ['f32', 1e-5],
] as const)('in %s', (dtype, tolerance) => {
  test.each(Object.entries(builds))('%s', (name, build) => {
    const expected = reference.layers[formOf(name)];
    const { shapes, values } = run(build, expected, dtype);
    for (const [output, { shape, values: wanted }] of Object.entries(expected.outputs)) {
      expect(shapes[output]).toEqual(shape);
      expectClose(values[`outputs/${output}`], wanted, tolerance);
    }
    for (const [name, wanted] of Object.entries(expected.gradients)) {
      expectClose(values[`gradients/${name}`], wanted, tolerance);
    }
  });
});
