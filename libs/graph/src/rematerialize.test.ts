import { describe, expect, it } from 'vitest';
import {
  add,
  cost,
  evaluate,
  gradient,
  input,
  matmul,
  mean,
  memory,
  optimize,
  program,
  rematerialize,
  scan,
  sigmoid,
  mul,
  square,
  stack,
} from './index.ts';
import type { Tensor } from './index.ts';

const [rows, width, layers] = [64, 8, 6];
const x = input('x', [rows, width], 'f64');
const weights = Array.from({ length: layers }, (_, i) => input(`w${i}`, [width, width], 'f64'));
const feeds = Object.fromEntries(
  [x, ...weights].map(({ attributes: { name }, shape }, k) => [
    name,
    Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(1 + 2.4 * i + 7.1 * k) / 2),
  ]),
);

/** Three products, with a gate in between. */
const block = (h: Tensor, w: Tensor) => {
  const wide = matmul(h, w);
  return add(h, matmul(mul(wide, sigmoid(matmul(wide, w))), w));
};
const kept = (build: (h: Tensor, w: Tensor) => Tensor) =>
  training(weights.reduce((h, w) => build(h, w), x as Tensor));

function training(last: Tensor) {
  const loss = mean(square(last));
  const slopes = gradient(loss, [x, ...weights]);
  const outputs = Object.fromEntries(slopes.map((slope, i) => [`slope ${i}`, slope]));
  return optimize(program({ loss, ...outputs }));
}

describe('rematerialize', () => {
  const plain = kept(block);
  const again = kept((h, w) => rematerialize((inner) => block(inner, w), h));

  it('has the same value and gradients', () => {
    const wanted = evaluate(plain.outputs, feeds);
    for (const [name, values] of Object.entries(evaluate(again.outputs, feeds))) {
      values.forEach((value, i) => expect(value).toBeCloseTo(wanted[name][i], 12));
    }
  });

  it('keeps one activation a block rather than all of them', () => {
    const activation = 8 * rows * width;
    expect(memory(plain).intermediates).toBeGreaterThan(3 * layers * activation);
    expect(memory(again).intermediates).toBeLessThan((layers + 8) * activation);
  });

  it('multiplies the first two products of each block again: what its last one gives, no slope needs', () => {
    const product = 2 * rows * width * width;
    expect(cost(plain).matrixFlops).toBe(9 * layers * product);
    expect(cost(again).matrixFlops).toBe(11 * layers * product);
  });
});

it('a scan over layers keeps its products, or its carries alone', () => {
  const stacked = stack(weights);
  const over = (keep: 'products' | 'carries') =>
    training(scan(([h], [w]) => ({ carry: [block(h, w)] }), [x], [stacked], { keep }).carry[0]);
  const [products, carries] = [over('products'), over('carries')];
  expect(memory(carries).intermediates).toBeLessThan(0.6 * memory(products).intermediates);
  const wanted = evaluate(products.outputs, feeds);
  for (const [name, values] of Object.entries(evaluate(carries.outputs, feeds))) {
    values.forEach((value, i) => expect(value).toBeCloseTo(wanted[name][i], 12));
  }
});
