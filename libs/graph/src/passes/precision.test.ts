import { describe, expect, it } from 'vitest';
import {
  add,
  cost,
  evaluate,
  gradient,
  input,
  matmul,
  mean,
  mixedPrecision,
  mul,
  optimize,
  order,
  program,
  scan,
  square,
  sub,
  tanh,
} from '../index.ts';
import type { Tensor } from '../index.ts';

const x = input('x', [16, 4]);
const target = input('target', [16, 2]);
const [w0, w1] = [input('w0', [4, 8]), input('w1', [8, 2])];

function step() {
  const loss = mean(square(sub(matmul(tanh(matmul(x, w0)), w1), target)));
  const slopes = gradient(loss, [w0, w1]);
  const next = [w0, w1].map((w, i) => sub(w, mul(slopes[i], 0.3)));
  return program({ loss, w0: next[0], w1: next[1] }, [x, target, w0, w1]);
}

const values = (count: number, k: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + 2.399963 * i + 7.1 * k));

function lossesOf(body: ReturnType<typeof step>): number[] {
  const data = values(64, 1);
  const wanted = Array.from({ length: 32 }, (_, i) => 0.8 * data[2 * i]);
  let state: Record<string, ArrayLike<number>> = { w0: values(32, 2), w1: values(16, 3) };
  return Array.from({ length: 30 }, () => {
    const outputs = evaluate(body.outputs, {
      ...(state as Record<string, number[]>),
      x: data,
      target: wanted,
    });
    state = { w0: outputs.w0, w1: outputs.w1 };
    return outputs.loss[0];
  });
}

describe.each(['bf16', 'f16'] as const)('mixed precision (%s)', (dtype) => {
  const mixed = mixedPrecision(step(), dtype);

  it('multiplies in 16 bits, forward and backward, and leaves all else in f32', () => {
    const nodes = order(Object.values(optimize(mixed).outputs));
    const products = nodes.filter(({ op }) => op === 'matmul');
    expect(products).toHaveLength(5);
    for (const product of products) {
      expect([product.dtype, ...product.inputs.map((factor) => factor.dtype)]).toEqual([dtype, dtype, dtype]);
    }
    for (const output of Object.values(mixed.outputs)) expect(output.dtype).toBe('f32');
    expect(nodes.some(({ op, dtype: own }) => op === 'tanh' && own !== 'f32')).toBe(false);
    expect(cost(mixed).matrixFlops).toBe(cost(step()).matrixFlops);
  });

  it('learns as f32 does, to the rounding of its factors', () => {
    const [wide, narrow] = [lossesOf(step()), lossesOf(mixed)];
    expect(wide[29]).toBeLessThan(wide[0] / 2);
    const off = Math.max(...wide.map((loss, i) => Math.abs(narrow[i] - loss))) / wide[0];
    expect(off).toBeLessThan(dtype === 'bf16' ? 2 ** -6 : 2 ** -9);
    expect(off).toBeGreaterThan(0);
  });

  it('optimizing changes nothing', () => {
    const [plain, optimized] = [lossesOf(mixed), lossesOf(optimize(mixed))];
    optimized.forEach((loss, i) => expect(Math.abs(loss - plain[i]) / plain[0]).toBeLessThan(1e-3));
  });
});

it('reaches into scans, and their gradients still share one forward scan', () => {
  const w = input('w', [4, 4]);
  const run = scan(
    ([h], [now]) => ({ carry: [tanh(add(matmul(h, w), now))] }),
    [input('h', [2, 4])],
    [input('xs', [3, 2, 4])],
  );
  const loss = mean(square(run.carry[0]));
  const outputs = optimize(mixedPrecision([loss, ...gradient(loss, [w])]));
  const scans = order(outputs).filter((node) => node.op === 'scan') as Tensor<'scan'>[];
  expect(scans).toHaveLength(2);
  const inside = scans.flatMap(({ attributes: { loop } }) => order(loop.outputs));
  const products = inside.filter(({ op }) => op === 'matmul');
  expect(products.length).toBeGreaterThan(2);
  for (const { dtype } of products) expect(dtype).toBe('bf16');
});
