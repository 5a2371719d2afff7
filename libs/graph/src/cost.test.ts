import { expect, it } from 'vitest';
import {
  add,
  constant,
  conv2d,
  cost,
  exp,
  gradient,
  input,
  matmul,
  mean,
  program,
  reshape,
  square,
  transpose,
} from './index.ts';

it('a linear layer: 2MNK for the product, one a element for the bias, every operand read and written once', () => {
  const [x, w, b] = [input('x', [32, 64]), input('w', [64, 10]), input('b', [10])];
  expect(cost(program({ y: add(matmul(x, w), b) }))).toEqual({
    count: 2,
    flops: 2 * 32 * 10 * 64 + 32 * 10,
    matrixFlops: 2 * 32 * 10 * 64,
    bytes: 4 * (32 * 64 + 64 * 10 + 32 * 10) + 4 * (32 * 10 + 10 + 32 * 10),
    byOp: {
      matmul: { count: 1, flops: 40960, bytes: 4 * (32 * 64 + 64 * 10 + 32 * 10) },
      add: { count: 1, flops: 320, bytes: 4 * (320 + 10 + 320) },
    },
  });
});

it('a convolution: 2 B O H W C kH kW', () => {
  const y = conv2d(input('x', [2, 3, 8, 8]), input('k', [4, 3, 3, 3]), { stride: 2, padding: 1 });
  expect(cost([y]).flops).toBe(2 * 2 * 4 * 4 * 4 * 3 * 3 * 3);
});

it('batched products count each matrix; moving data counts bytes only, and reshaping nothing', () => {
  expect(cost([matmul(input('a', [5, 2, 3]), input('b', [3, 4]))]).flops).toBe(5 * 2 * 2 * 3 * 4);
  const x = input('x', [4, 2], 'f64');
  expect(cost([transpose(x)])).toMatchObject({ flops: 0, bytes: 2 * 64 });
  expect(cost([reshape(x, [8])])).toMatchObject({ flops: 0, bytes: 0 });
  expect(cost([x, constant(1)])).toEqual({ count: 0, flops: 0, bytes: 0, matrixFlops: 0, byOp: {} });
});

it('shared nodes count once', () => {
  const y = exp(input('x', [3]));
  expect(cost([y, add(y, y)]).flops).toBe(6);
});

it('a training step of two layers multiplies matrices five times: dX of the first is not needed', () => {
  const [x, w0, w1] = [input('x', [32, 16]), input('w0', [16, 16]), input('w1', [16, 16])];
  const forward = matmul(exp(matmul(x, w0)), w1);
  const gradients = gradient(mean(square(forward)), [w0, w1]);
  expect(cost(gradients).matrixFlops).toBe(5 * 2 * 32 * 16 * 16);
});
