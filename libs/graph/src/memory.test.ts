import { expect, it } from 'vitest';
import {
  add,
  constant,
  donatedInputs,
  donatedPeak,
  exp,
  gradient,
  input,
  matmul,
  mean,
  memory,
  mul,
  program,
  reduceSum,
  reshape,
  scan,
  square,
  sub,
  tanh,
  trainingCost,
  transpose,
} from './index.ts';
import type { Tensor } from './index.ts';

const [M, N, K] = [16, 8, 4];
const x = input('x', [M, K]);
const w = input('w', [K, N]);
const KB = 4 * M * N;

it('a value lives until it is read for the last time', () => {
  // x w, then its sum, then the product of both: [M, N] and [M] live together with the result's [M, N].
  const y = matmul(x, w);
  const rows = reduceSum(y, 1, { keepDims: true });
  const result = transpose(mul(y, rows));
  expect(memory(program({ result }))).toEqual({
    inputs: 4 * (M * K + K * N),
    constants: 0,
    outputs: KB,
    // y and rows; mul writes over y.
    intermediates: KB + 4 * M,
    peak: 4 * (M * K + K * N) + KB + KB + 4 * M,
  });
});

it('a chain of element-wise ops takes one buffer, however long', () => {
  let y: Tensor = matmul(x, w);
  for (let i = 0; i < 10; i++) y = exp(add(y, 1));
  expect(memory(program({ y: reduceSum(y) })).intermediates).toBe(KB);
});

it('reshaping, and transposing what a product reads, take none; constants count as they are stored', () => {
  const y = matmul(transpose(reshape(x, [K, M])), constant(1, [K, N]));
  expect(memory(program({ y }))).toMatchObject({ constants: 4, intermediates: 0 });
});

it('what the backward pass needs again stays: one activation a layer', () => {
  const layers = 6;
  const square16 = input('square', [16, 16]);
  const deep = (count: number) => {
    let h: Tensor = input('h', [M, 16]);
    for (let i = 0; i < count; i++) h = tanh(matmul(h, square16));
    const loss = mean(square(h));
    return memory(program({ slope: gradient(loss, [square16])[0] }, undefined)).intermediates;
  };
  expect(deep(2 * layers) - deep(layers)).toBe(layers * 4 * M * 16);
});

it('K steps: what is scanned and stacked is there K times, the state four times from the third step on', () => {
  const state = input('state', [N]);
  const now = input('now', [N]);
  const body = program({ state: add(state, now), seen: exp(state) }, [state, now]);
  const bytes = (steps: number) => memory({ body, carry: { state: 'state' }, steps }).peak;
  expect(bytes(1)).toBe(4 * N * (1 + 1 + 1 + 1));
  expect(bytes(5)).toBe(4 * N * (1 + 5 + 1 + 5 + 2));
});

it('a scan holds what one step needs, and stacks what its outputs say', () => {
  const T = 7;
  const { outputs } = scan(
    ([h], [slice]) => ({ carry: [tanh(add(exp(h), slice))], outputs: [h] }),
    [input('h', [N])],
    [input('xs', [T, N])],
  );
  // Stacked states and the last one, the two between steps, and exp(h) within one.
  expect(memory(program({ y: reduceSum(outputs[0]) })).intermediates).toBe(
    4 * (N * T + N) + 4 * 2 * N + 4 * N,
  );
});

it('a linear model: 2MNK forward, and the same again for its weight', () => {
  const loss = mean(square(sub(matmul(x, w), input('t', [M, N]))));
  const { forward, backward, modelFlops } = trainingCost(loss, [w]);
  expect([forward.matrixFlops, backward.matrixFlops, modelFlops]).toEqual([
    2 * M * N * K,
    2 * M * N * K,
    4 * M * N * K,
  ]);
  expect(backward.flops).toBeGreaterThan(backward.matrixFlops);
});

it('what is donated has one place for what comes in and what goes out', () => {
  const state = input('state', [N]);
  const step = program({ state: add(state, 1), seen: exp(state) }, [state, input('other', [K])]);
  expect(donatedInputs(step)).toEqual([state]);
  expect(memory(step).peak - donatedPeak(step)).toBe(4 * N);
});
