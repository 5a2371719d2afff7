import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { arbitraryProgram } from './arbitrary-programs.ts';
import {
  abs,
  add,
  and,
  broadcastTo,
  cast,
  concat,
  constant,
  conv2d,
  cos,
  div,
  equal,
  evaluate,
  exp,
  finiteDifferences,
  floor,
  gather,
  gradient,
  input,
  less,
  lessEqual,
  log,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pad,
  pow,
  reduceMax,
  reduceSum,
  reshape,
  reverse,
  scan,
  scatterAdd,
  select,
  sigmoid,
  sign,
  sin,
  size,
  slice,
  sqrt,
  stopGradient,
  sub,
  tanh,
  transpose,
} from './index.ts';
import type { PrimitiveName, Shape, Tensor } from './index.ts';

/** Irregular values of either sign, up to 1.5, well apart from each other and from 0. */
function irregular(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => 1.5 * Math.sin(1 + 2.399963 * i + 7.1 * seed));
}

/** What programs compute in, and how far the gradient may be from that in f64: of its length, ten roundings or so. */
const precisions = { f64: 0, f32: 1e-6, f16: 1e-2, bf16: 8e-2 };
let precision: keyof typeof precisions = 'f64';

/** Scalar that depends on every element with a different weight. */
function weigh(x: Tensor, seed: number): Tensor {
  return reduceSum(mul(x, constant(irregular(size(x.shape), seed), x.shape, x.dtype)));
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i])).toBeLessThan(1e-6 * (1 + Math.abs(expected[i])));
  }
}

/** First and second order, in f64 against central differences, in other types against f64. */
function check(build: (...inputs: Tensor[]) => Tensor, shapes: readonly Shape[], shift = 0): void {
  const feeds = Object.fromEntries(
    shapes.map((shape, i) => [`x${i}`, irregular(size(shape), i).map((value) => value + shift)]),
  );
  const slopes = (dtype: typeof precision) => {
    precision = dtype;
    const inputs = shapes.map((shape, i) => input(`x${i}`, shape, dtype));
    const loss = weigh(build(...inputs), 11);
    return { inputs, loss, first: gradient(loss, inputs) };
  };
  if (precision !== 'f64') {
    const narrow = precision;
    const wanted = evaluate(slopes('f64').first, feeds).flatMap((values) => [...values]);
    const { first } = slopes(narrow);
    expect(first.map(({ dtype }) => dtype)).toEqual(shapes.map(() => narrow));
    const got = evaluate(first, feeds).flatMap((values) => [...values]);
    const length = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
    expect(length(got.map((value, i) => value - wanted[i])) / length(wanted)).toBeLessThan(
      precisions[narrow],
    );
    return;
  }
  const { inputs, loss, first } = slopes('f64');
  const analytic = evaluate(first, feeds);
  finiteDifferences(loss, inputs, feeds).forEach((numeric, i) => expectClose(analytic[i], numeric));

  const slope = first.map((tensor, i) => weigh(tensor, 20 + i)).reduce((a, b) => add(a, b));
  const second = evaluate(gradient(slope, inputs), feeds);
  finiteDifferences(slope, inputs, feeds).forEach((numeric, i) => expectClose(second[i], numeric));
}

const conv = (options: Parameters<typeof conv2d>[2]) => (x: Tensor, kernel: Tensor) =>
  conv2d(x, kernel, options);
const broadcasts: readonly (readonly Shape[])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[3], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [2, 2]],
];
const binary =
  (build: (a: Tensor, b: Tensor) => Tensor, shift = 0) =>
  () => {
    for (const shapes of broadcasts) check(build, shapes, shift);
  };
const unary =
  (build: (x: Tensor) => Tensor, shift = 0) =>
  () =>
    check(build, [[2, 3]], shift);

/** One row an op: a program in which the gradient has to pass through it. */
const cases: Record<PrimitiveName, () => void> = {
  neg: unary(neg),
  exp: unary(exp),
  log: unary(log, 2),
  sqrt: unary(sqrt, 2),
  tanh: unary(tanh),
  sigmoid: unary(sigmoid),
  sin: unary(sin),
  cos: unary(cos),
  abs: unary((x) => mul(x, abs(x))),
  sign: unary((x) => mul(x, sign(x))),
  floor: unary((x) => mul(x, floor(x))),
  not: unary((x) => select(not(less(x, 0)), exp(x), x)),
  stopGradient: () => {
    const x = input('x', [3], 'f64');
    const [dx] = gradient(reduceSum(mul(x, stopGradient(mul(x, x)))), [x]);
    expect([...evaluate([dx], { x: [1, 2, -3] })[0]]).toEqual([1, 4, 9]);
  },
  add: binary(add),
  sub: binary(sub),
  mul: binary(mul),
  div: binary(div, 3),
  pow: binary(pow, 2),
  max: binary((a, b) => maximum(mul(a, a), b)),
  min: binary((a, b) => minimum(mul(a, a), b)),
  equal: binary((a, b) => select(equal(a, b), a, mul(a, b))),
  less: binary((a, b) => select(less(a, b), mul(a, a), mul(a, b))),
  lessEqual: binary((a, b) => select(lessEqual(a, b), mul(a, a), mul(a, b))),
  and: binary((a, b) => select(and(less(a, 0), less(b, 0)), mul(a, a), mul(a, b))),
  or: binary((a, b) => select(or(less(a, 0), less(b, 0)), mul(a, a), mul(a, b))),
  select: binary((a, b) => select(less(constant([-1, 1], [2, 1], precision), 0), exp(a), mul(a, b))),
  cast: unary((x) => mul(cast(less(x, 0), precision), exp(x))),
  reshape: unary((x) => exp(reshape(x, [3, -1]))),
  transpose: () => check((x) => exp(transpose(x, [2, 0, 1])), [[2, 3, 2]]),
  broadcast: () => check((x) => exp(broadcastTo(x, [2, 2, 3])), [[2, 1]]),
  concat: () => check((a, b) => exp(concat([a, b, a], 1)), [[2, 1], [2, 3]]), // prettier-ignore
  slice: () => check((x) => exp(slice(x, [1, 0], [4, 3], [2, 1])), [[5, 4]]),
  pad: () => check((x) => exp(pad(x, [1, 0], [0, 2], [0, 1])), [[2, 3]]),
  reverse: unary((x) => exp(mul(reverse(x, 1), x))),
  reduceSum: () => check((x) => exp(reduceSum(x, [0, 2])), [[2, 3, 2]]),
  reduceMax: () => check((x) => exp(reduceMax(x, [0, -1])), [[2, 3, 2]]),
  matmul: () => {
    check(matmul, [[2, 3], [3, 2]]); // prettier-ignore
    check(matmul, [[2, 2, 3], [3, 2]]); // prettier-ignore
    check(matmul, [[2, 1, 2, 3], [2, 3, 1]]); // prettier-ignore
    check(matmul, [[2, 3], [2, 3, 2]]); // prettier-ignore
  },
  conv2d: () => {
    check(conv({}), [[1, 2, 3, 4], [2, 2, 2, 2]]); // prettier-ignore
    check(conv({ padding: 1 }), [[2, 1, 3, 3], [2, 1, 3, 3]]); // prettier-ignore
    check(conv({ stride: 2, padding: [1, 0] }), [[1, 2, 5, 4], [1, 2, 3, 2]]); // prettier-ignore
    check(conv({ stride: [2, 3], dilation: [2, 1], padding: [[0, 2], [1, 0]] }), [[1, 1, 6, 5], [2, 1, 2, 3]]); // prettier-ignore
    check(conv({}), [[2, 2, 2, 2], [3, 2, 1, 1]]); // prettier-ignore
    // strides that divide the kernel, in one direction or both; kernels smaller than the stride
    check(conv({ stride: 2, padding: 1 }), [[1, 2, 4, 6], [1, 2, 4, 2]]); // prettier-ignore
    check(conv({ stride: [3, 1] }), [[1, 1, 7, 3], [2, 1, 3, 2]]); // prettier-ignore
    check(conv({ stride: 2 }), [[1, 2, 5, 4], [2, 2, 1, 1]]); // prettier-ignore
    check(conv({ stride: [1, 3] }), [[1, 1, 2, 2], [1, 1, 1, 2]]); // prettier-ignore
    // many channels: a product for each tap, over each image or over all of them
    check(conv({}), [[2, 16, 3, 2], [1, 16, 2, 1]]); // prettier-ignore
    check(conv({ stride: 2 }), [[2, 16, 2, 2], [2, 16, 2, 1]]); // prettier-ignore
    // more padding than the kernel reaches over
    check(conv({ padding: [[2, 1], [1, 3]] }), [[1, 1, 2, 3], [1, 1, 2, 2]]); // prettier-ignore
  },
  gather: () => check((x) => exp(gather(x, constant([2, 0, 0, 1], [2, 2], 'i32'), 1)), [[2, 3]]),
  scan: () =>
    check(
      (xs, start, factor) => {
        const step = ([state]: Tensor[], [x]: Tensor[]) => {
          const next = sin(add(mul(state, factor), x));
          return { carry: [next], outputs: [mul(next, state)] };
        };
        const { carry, outputs } = scan(step, [start], [xs], { reverse: true });
        return add(outputs[0], carry[0]);
      },
      [[3, 2], [2], [2]],
    ),
  scatterAdd: () => check((x) => exp(scatterAdd(constant([2, 0, 2], [3], 'i32'), x, 4, 1)), [[2, 3]]),
};

describe('the gradient of each op agrees with central differences, to second order', () => {
  for (const [op, run] of Object.entries(cases)) it(op, run);
});

describe.each(['f32', 'f16', 'bf16'] as const)('in %s it is that in f64, rounded', (dtype) => {
  afterEach(() => (precision = 'f64'));
  for (const [op, run] of Object.entries(cases)) {
    it(op, () => {
      precision = dtype;
      run();
    });
  }
});

describe('where a derivative jumps', () => {
  const slopeAt = (build: (x: Tensor) => Tensor, value: number) => {
    const x = input('x', [], 'f64');
    return evaluate(gradient(build(x), [x]), { x: [value] })[0][0];
  };

  it('max and min give the gradient of a tie to the second operand', () => {
    expect(slopeAt((x) => maximum(x, 0), 0)).toBe(0);
    expect(slopeAt((x) => maximum(0, x), 0)).toBe(1);
    expect(slopeAt((x) => minimum(x, 0), 0)).toBe(0);
  });

  it('reduceMax shares it among the largest', () => {
    const x = input('x', [4], 'f64');
    expect([...evaluate(gradient(reduceMax(x), [x]), { x: [1, 3, 3, 2] })[0]]).toEqual([0, 0.5, 0.5, 0]);
  });

  // jax.grad(lambda a: a ** b)(0.) for b = 0, 1, 2, and jax.grad(lambda b: 0. ** b)(2.)
  it('pow is finite at 0', () => {
    expect([0, 1, 2].map((b) => slopeAt((a) => pow(a, b), 0))).toEqual([0, 1, 0]);
    expect(slopeAt((b) => pow(constant(0, [], 'f64'), b), 2)).toBe(0);
  });
});

it('random smooth programs: gradient and finite differences agree', () => {
  fc.assert(
    fc.property(arbitraryProgram({ kinks: false }), ({ inputs, outputs, feeds }) => {
      const terms = outputs.map((output, i) => weigh(tanh(output), i));
      fc.pre(terms.length > 0);
      const loss = terms.reduce((a, b) => add(a, b));
      const analytic = evaluate(gradient(loss, inputs), feeds);
      const numeric = finiteDifferences(loss, inputs, feeds);
      numeric.forEach((expected, i) => expectClose(analytic[i], expected));
    }),
    { seed: 1, numRuns: 150 },
  );
});

it('random shapes: binary ops give each operand a gradient of its own shape', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
  const mask = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(shape, mask, fc.nat(3), (full, ones, drop) => {
      const small = full.map((extent, i) => (ones[i] ? 1 : extent)).slice(Math.min(drop, full.length));
      check(mul, [full, small]);
      check((a, b) => sub(b, a), [full, small]);
    }),
    { seed: 2, numRuns: 30 },
  );
});
