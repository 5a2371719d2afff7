import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryProgram } from '../arbitrary-programs.ts';
import {
  add,
  broadcastTo,
  concat,
  constant,
  div,
  eliminateCommonSubexpressions,
  evaluate,
  exp,
  foldConstants,
  full,
  gradient,
  input,
  matmul,
  mean,
  mul,
  neg,
  ones,
  optimize,
  order,
  pad,
  pow,
  print,
  program,
  reduceMax,
  reduceSum,
  reshape,
  reverse,
  scatterAdd,
  silu,
  select,
  slice,
  split,
  square,
  stopGradient,
  sub,
  tanh,
  transpose,
  zeros,
} from '../index.ts';
import type { Tensor } from '../index.ts';

const x = input('x', [2, 3]);
const y = input('y', [2, 3]);
const row = input('row', [3]);

/** The optimized graph on one line, without its inputs' declarations. */
function optimized(...outputs: Tensor[]): string {
  return print(optimize(outputs))
    .split('\n')
    .filter((line) => !line.includes('= input'))
    .map((line) => line.replace(/ : .*/, ''))
    .join('; ');
}

function expectSame(a: Tensor, b: Tensor): void {
  const feeds = { x: [1, -2, 3, 0.5, -0.25, 4], y: [0.5, 2, -1, 3, 1, -2], row: [1, 2, -3] };
  expect(optimize([a])[0].shape).toEqual(a.shape);
  expect(print(optimize([a]))).toBe(print(optimize([b])));
  const [left, right] = [evaluate([a], feeds)[0], evaluate(optimize([a]), feeds)[0]];
  left.forEach((value, i) => expect(right[i]).toBeCloseTo(value, 5));
}

describe('simplify', () => {
  it('drops neutral elements', () => {
    for (const same of [
      mul(x, 1),
      mul(1, x),
      add(x, 0),
      add(0, x),
      sub(x, 0),
      div(x, 1),
      pow(x, 1),
      neg(neg(x)),
    ]) {
      expectSame(same, x);
    }
    expectSame(add(x, zeros([3])), x);
    expectSame(sub(0, x), neg(x));
    expectSame(stopGradient(x), x);
  });

  it('keeps the shape where the neutral element was larger', () => {
    expectSame(mul(row, ones([2, 3])), broadcastTo(row, [2, 3]));
    expectSame(mul(row, zeros([2, 3])), zeros([2, 3]));
    expectSame(matmul(zeros([4, 2]), x), zeros([4, 3]));
  });

  it('turns signs into differences', () => {
    expectSame(add(x, neg(y)), sub(x, y));
    expectSame(add(neg(x), y), sub(y, x));
    expectSame(sub(x, neg(y)), add(x, y));
    expectSame(neg(sub(x, y)), sub(y, x));
    expectSame(mul(neg(x), neg(y)), mul(x, y));
  });

  it('gathers factors', () => {
    expectSame(mul(mul(x, 2), 3), mul(x, 6));
    expectSame(neg(mul(neg(x), 2)), mul(x, 2));
    expectSame(add(x, x), mul(x, 2));
    expectSame(div(mul(x, 3), 2), mul(x, 1.5));
    expectSame(pow(x, 2), square(x));
  });

  it('multiplies single numbers first', () => {
    const [s, t] = [input('s', []), input('t', [])];
    expect(optimized(mul(mul(x, s), t))).toBe('%3 = mul %1 %2; %4 = mul %0 %3; return 0=%4');
    const clipped = mul(x, s);
    const both = optimize([reduceSum(square(x)), mul(square(clipped), t)]);
    expect(order(both).filter(({ op, shape }) => op === 'mul' && shape.length === 2)).toHaveLength(2);
  });

  it('takes out what the terms of a sum share', () => {
    expect(optimized(add(mul(x, y), mul(mul(x, row), tanh(x))))).toBe(
      '%3 = tanh %0; %4 = mul %2 %3; %5 = add %1 %4; %6 = mul %0 %5; return 0=%6',
    );
    // Not where another needs the product anyway.
    const product = mul(x, y);
    expect(optimized(product, add(product, mul(x, exp(y))))).toBe(
      '%2 = mul %0 %1; %3 = exp %1; %4 = mul %0 %3; %5 = add %2 %4; return 0=%2, 1=%5',
    );
  });

  it('multiplies twice on the way back through silu', () => {
    const [slope] = gradient(reduceSum(mul(silu(x), y)), [x]);
    const products = (outputs: Tensor[]) => order(outputs).filter(({ op }) => op === 'mul').length;
    expect(products(optimize([silu(x), slope]))).toBe(3);
    const feeds = { x: [1, -2, 3, 0.5, -0.25, 40], y: [0.5, 2, -1, 3, 1, -2] };
    const sigmoid = feeds.x.map((v) => 1 / (1 + Math.exp(-v)));
    evaluate(optimize([slope]), feeds)[0].forEach((value, i) => {
      const derivative = sigmoid[i] * (1 + feeds.x[i] * (1 - sigmoid[i]));
      expect(value).toBeCloseTo(feeds.y[i] * derivative, 5);
    });
  });

  it('merges moves', () => {
    expectSame(transpose(transpose(x)), x);
    expectSame(reshape(reshape(x, [6]), [2, 3]), x);
    expectSame(transpose(reshape(x, [6, 1])), reshape(x, [1, 6]));
    expectSame(reverse(reverse(x, [0, 1]), 1), reverse(x, 0));
    expectSame(pad(pad(x, [1, 0]), [1, 2], [0, 0]), pad(x, [2, 2], [1, 0]));
    expectSame(slice(slice(x, [0, 1], [2, 3]), [1, 0], [2, 2]), slice(x, [1, 1], [2, 3]));
    expectSame(slice(slice(x, [1, 0], [2, 3]), [0, 0], [1, 3], [1, 2]), slice(x, [1, 0], [2, 3], [1, 2]));
    expectSame(concat([x, concat([y, x], 1)], 1), concat([x, y, x], 1));
    expectSame(slice(concat([x, y], 1), [0, 3], [2, 6]), y);
  });

  it('lets ops broadcast by themselves, and repeats late', () => {
    expectSame(mul(x, broadcastTo(row, [2, 3])), mul(x, row));
    expectSame(exp(broadcastTo(row, [2, 3])), broadcastTo(exp(row), [2, 3]));
    expectSame(mul(broadcastTo(row, [2, 3]), full([2, 3], 2)), broadcastTo(mul(row, 2), [2, 3]));
    expectSame(
      matmul(broadcastTo(x, [2, 2, 3]), transpose(y)),
      broadcastTo(matmul(x, transpose(y)), [2, 2, 2]),
    );
  });

  it('sums what is repeated by multiplying', () => {
    expectSame(reduceSum(broadcastTo(row, [2, 3]), 0), mul(row, 2));
    expectSame(reduceSum(broadcastTo(reshape(row, [3, 1]), [4, 3, 2]), [0, 2]), mul(row, 8));
    expectSame(reduceSum(broadcastTo(row, [2, 3]), 1), broadcastTo(reduceSum(row), [2]));
    expectSame(reduceMax(broadcastTo(row, [2, 3]), 0), row);
    expectSame(reduceSum(ones([2, 3]), 1), full([2], 3));
  });

  it('takes factors out of sums, and merges sums', () => {
    expectSame(reduceSum(mul(x, 2)), mul(reduceSum(x), 2));
    expectSame(reduceSum(mul(x, row), 0), mul(reduceSum(x, 0), row));
    expectSame(reduceSum(div(x, row), 0), div(reduceSum(x, 0), row));
    expectSame(reduceSum(reduceSum(x, 1)), reduceSum(x));
    expectSame(reduceMax(reduceMax(x, 0)), reduceMax(x));
    expectSame(reduceSum(reshape(x, [2, 1, 3]), 1), x);
  });

  it('joins as many parts as a long recurrence has', () => {
    const long = input('long', [200, 2]);
    // The state makes each part wait for the one before, as in a net over time.
    let state: Tensor = zeros([1, 2]);
    for (const part of split(long, 200)) state = tanh(add(mul(state, 0.5), part));
    const [slope] = optimize([gradient(reduceSum(square(state)), [long])[0]]);
    expect(order([slope]).filter(({ op }) => op === 'concat')).toHaveLength(1);
    expect(order([slope]).some(({ op }) => op === 'pad')).toBe(false);
  });

  it('concatenates where the gradient of split adds padded parts, in any order', () => {
    const wide = input('wide', [2, 5]);
    const [a, b, c] = split(wide, [2, 1, 2], 1);
    const terms = [mul(a, a), exp(b), tanh(c)].map((part) => reduceSum(part));
    for (const [i, j, k] of [
      [0, 1, 2],
      [0, 2, 1],
      [2, 0, 1],
    ]) {
      // prettier-ignore
      const text = optimized(...gradient(add(add(terms[i], terms[j]), terms[k]), [wide]));
      expect(text).toContain('concat');
      expect(text).not.toContain('pad');
      expect(text.match(/concat/g)).toHaveLength(1);
    }
  });
});

describe('foldConstants', () => {
  it('computes what is known, and keeps one repeated value as one', () => {
    const [folded] = foldConstants([exp(mul(constant([1, 2]), 3))]);
    expect(evaluate([folded])[0]).toEqual(Float32Array.from([3, 6], Math.exp));
    expect(folded.op).toBe('constant');
    const [large] = foldConstants([transpose(add(full([1000, 2000], 2), 1))]) as Tensor<'constant'>[];
    expect([large.shape, large.attributes.value]).toEqual([[2000, 1000], Float32Array.of(3)]);
  });

  it('leaves large results in the graph', () => {
    const big = constant(new Float32Array(20_000));
    expect(foldConstants([exp(big)])[0].op).toBe('exp');
  });
});

describe('eliminateCommonSubexpressions', () => {
  it('computes the same thing once, whatever the order of a sum', () => {
    const outputs = eliminateCommonSubexpressions([mul(add(x, y), 2), mul(add(y, x), 2)]);
    expect(outputs[0]).toBe(outputs[1]);
  });

  it('keeps apart what differs in attributes, order or the sign of zero', () => {
    const [a, b, c, d, e, f] = eliminateCommonSubexpressions([
      ...[reduceSum(x, 0), reduceSum(y, 0)],
      ...[sub(x, y), sub(y, x)],
      ...[constant(0), constant(-0)],
    ]);
    expect(new Set([a, b, c, d, e, f]).size).toBe(6);
  });
});

describe('optimize', () => {
  it('keeps a program’s inputs and output names, also of outputs that are inputs', () => {
    const p = program({ y: mul(x, 1), z: add(x, y) });
    const q = optimize(p);
    expect(q.inputs).toBe(p.inputs);
    expect(Object.keys(q.outputs)).toEqual(['y', 'z']);
    expect(q.outputs.y).toBe(x);
  });

  it('leaves of the gradient of a mean square only what is needed', () => {
    const w = input('w', [3, 4]);
    const loss = mean(square(matmul(x, w)));
    expect(optimized(...gradient(loss, [w]))).toBe(
      '%1 = transpose %0 permutation=[1,0]; %3 = matmul %0 %2; %4 = constant 0.25; %5 = mul %3 %4; ' +
        '%6 = matmul %1 %5; return 0=%6',
    );
  });

  it('does not mix up what only looks alike', () => {
    const indices = constant([0, 2], [2], 'i32');
    expectSame(scatterAdd(indices, zeros([2, 3]), 4), zeros([4, 3]));
    expectSame(select(constant(false), x, row), broadcastTo(row, [2, 3]));
  });

  it('random programs and their gradients keep shape, dtype and value', () => {
    fc.assert(
      fc.property(arbitraryProgram({ kinks: true }), ({ inputs, outputs, feeds }) => {
        const loss = outputs
          .map((output) => reduceSum(tanh(output)))
          .reduce((a, b) => add(a, b), constant(0, [], 'f64'));
        const first = gradient(loss, inputs);
        const slope = first.map((tensor) => reduceSum(mul(tensor, tensor))).reduce((a, b) => add(a, b));
        const all = [...outputs, loss, ...first, ...gradient(slope, inputs)];
        const fewer = optimize(all);
        expect(order(fewer).length).toBeLessThanOrEqual(order(all).length);
        const expected = evaluate(all, feeds);
        const actual = evaluate(fewer, feeds);
        all.forEach((tensor, i) => {
          expect(fewer[i].shape).toEqual(tensor.shape);
          expect(fewer[i].dtype).toBe(tensor.dtype);
          expected[i].forEach((value, k) => {
            if (Number.isFinite(value))
              expect(Math.abs(actual[i][k] - value)).toBeLessThan(1e-8 * (1 + largest(expected)));
          });
        });
      }),
      { seed: 3, numRuns: 200 },
    );
  }, 30_000);
});

function largest(values: readonly ArrayLike<number>[]): number {
  return Math.max(...values.flatMap((list) => Array.from(list, Math.abs).filter(Number.isFinite)));
}
