import { exp, gradient, input, logSoftmax, matmul, mul, optimize, program, reduceMax, reduceSum, softmax, sub, transpose } from '@orrery/graph'; // prettier-ignore
import type { DType, Program, Tensor } from '@orrery/graph';
import { feedsOf } from '@orrery/graph/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toOnnx } from './lowering.ts';
import { disagreements } from './node/against-reference.ts';

const text = (graph: Program) => new TextDecoder('latin1').decode(toOnnx(graph));
const written = (graph: Program) =>
  ['LogSoftmax', 'Softmax', 'Exp', 'ReduceMax', 'ReduceSum', 'Div'].filter((opType) =>
    new RegExp(`"[\\u0001-\\u0014]${opType}[^A-Za-z]`).test(text(graph)),
  );
const x = input('x', [3, 4, 5]);

test('a softmax whose parts nobody else needs is one operator, as written and optimized', () => {
  for (const graph of [program({ y: softmax(x) }), optimize(program({ y: softmax(x, 1) }))]) {
    expect(written(graph)).toEqual(['Softmax']);
  }
  expect(written(program({ y: logSoftmax(x, 0) }))).toEqual(['LogSoftmax']);
  const scores = mul(matmul(x, transpose(x)), 0.5);
  expect(written(optimize(program({ y: matmul(softmax(scores), x) })))).toEqual(['Softmax']);
});

test('one whose slopes need the parts stays as it is, and so do look-alikes', () => {
  const y = softmax(x);
  const [slope] = gradient(reduceSum(mul(y, y)), [x]);
  expect(written(optimize(program({ y, slope })))).not.toContain('Softmax');
  const powers = exp(sub(x, reduceMax(x, -1, { keepDims: true })));
  const over = (axis: number) => program({ y: sub(powers, reduceSum(powers, axis, { keepDims: true })) });
  expect(written(over(-1))).not.toContain('LogSoftmax');
  expect(written(program({ y: softmax(x), parts: softmaxParts(x) }))).toContain('Softmax');
});

/** Another node than that inside softmax, of the same value. */
function softmaxParts(tensor: Tensor): Tensor {
  return exp(sub(tensor, reduceMax(tensor, -1, { keepDims: true })));
}

test('random shapes, axes and dtypes agree with the reference evaluator', async () => {
  const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  const dtype = fc.constantFrom<DType>('f32', 'f64', 'f16', 'bf16');
  await fc.assert(
    fc.asyncProperty(shape, dtype, fc.nat(3), fc.nat(), async (extents, type, position, seed) => {
      const tensor = input('x', extents, type);
      const axis = position % extents.length;
      const graph = program({ soft: softmax(tensor, axis), log: logSoftmax(tensor, axis) });
      for (const candidate of [graph, optimize(graph)]) {
        expect(await disagreements(candidate, feedsOf(candidate, seed), { allowed: 2 })).toEqual({});
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});
