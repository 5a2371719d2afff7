import { add, input, matmul, program, reshape, transpose } from '@orrery/graph';
import { expect, test } from 'vitest';
import { hostTime, type HostMachine } from './host.ts';

const machine: HostMachine = {
  products: [
    [2, 1e3],
    [8, 4e3],
  ],
  nodes: [
    [100, 1e-3],
    [400, 4e-3],
  ],
};

test('a product takes its FLOPs and its bytes, a sum its bytes; a new shape takes nothing', () => {
  const a = input('a', [16, 8]);
  const b = input('b', [8, 4]);
  const product = reshape(matmul(a, b), [64]);
  const time = hostTime(program({ out: add(product, product) }, [a, b]), machine);
  // The shortest side is 4, halfway between 2 and 8 in logarithms.
  expect(time.products).toBeCloseTo((2 * 16 * 8 * 4) / 2e3, 12);
  // Proportional to bytes where the curve is: 128 + 32 numbers in and 64 out, beyond its end; then 3 times 64.
  expect(time.memory).toBeCloseTo((4 * (128 + 32 + 64 + 3 * 64)) / 1e5, 12);
  expect(time.step).toBeCloseTo(time.products + time.memory, 12);
});

test('what jumps through memory is slower, and no node is faster than the smallest', () => {
  const a = input('a', [4, 5]);
  const { memory } = hostTime(program({ out: transpose(a, [1, 0]) }, [a]), machine);
  expect(memory).toBeCloseTo((2 * 4 * 2 * 20) / 1e5, 12);
  const one = input('one', [1]);
  expect(hostTime(program({ out: add(one, one) }, [one]), machine).memory).toBe(1e-3);
});
