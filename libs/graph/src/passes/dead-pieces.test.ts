import { describe, expect, it } from 'vitest';
import { add, cost, evaluate, exp, gradient, input, matmul, mean, optimize, order, reduceSum, scan, square, tanh } from '../index.ts'; // prettier-ignore
import type { Tensor } from '../index.ts';

const [T, B, I, H] = [5, 2, 3, 4];
const xs = input('xs', [T, B, I], 'f64');
const h = input('h', [B, H], 'f64');
const [w, u] = [input('w', [H, H], 'f64'), input('u', [I, H], 'f64')];
const feeds = Object.fromEntries(
  [xs, h, w, u].map(({ attributes: { name }, shape }, k) => [
    name,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(1 + 2.4 * i + 7.1 * k)),
  ]),
);
const run = () =>
  scan(
    ([state, steps], [now]) => {
      const next = tanh(add(matmul(state, w), matmul(now, u)));
      return { carry: [next, add(steps, 1)], outputs: [exp(next), square(state)] };
    },
    [h, input('steps', [], 'f64')],
    [xs],
  );
const given = { ...feeds, steps: [0] };
const scansIn = (outputs: readonly Tensor[]) =>
  order(outputs).filter((node) => node.op === 'scan') as Tensor<'scan'>[];

function expectSame(outputs: readonly Tensor[]): void {
  const wanted = evaluate(outputs, given);
  evaluate(optimize(outputs), given).forEach((values, i) => {
    expect(values.length).toBe(wanted[i].length);
    values.forEach((value, k) => expect(value).toBeCloseTo(wanted[i][k], 12));
  });
}

describe('outputs of a scan that nothing reads', () => {
  it('are not computed, nor the carries that only they need', () => {
    const { outputs } = run();
    const [{ attributes }] = scansIn(optimize([reduceSum(outputs[1])]));
    const { loop } = attributes;
    expect([loop.carries, loop.outputs.length]).toEqual([1, 2]);
    expect(order(loop.outputs).some(({ op }) => op === 'exp')).toBe(false);
    expectSame([reduceSum(outputs[1]), outputs[1]]);
  });

  it('each on its own: the rest is the same', () => {
    const { carry, outputs } = run();
    for (const kept of [...carry, ...outputs]) expectSame([kept]);
    expectSame([carry[0], outputs[1]]);
    expectSame([...carry, ...outputs]);
  });

  it('slopes of what is scanned cost no product when nobody asks for them', () => {
    const loss = mean(square(run().carry[0]));
    const some = gradient(loss, [w, u, h]);
    const all = gradient(loss, [w, u, h, xs]);
    const product = 2 * B * I * H;
    expect(cost(optimize(all)).matrixFlops - cost(optimize(some)).matrixFlops).toBe(T * product);
    expectSame(some);
    expectSame(all);
  });

  it('a step that needs no slice still counts its steps', () => {
    const { carry } = run();
    const [{ attributes, inputs }] = scansIn(optimize([carry[1]]));
    expect([attributes.loop.scanned, attributes.loop.carries, inputs.length]).toEqual([1, 1, 2]);
    expect([...evaluate(optimize([carry[1]]), given)[0]]).toEqual([T]);
  });
});
