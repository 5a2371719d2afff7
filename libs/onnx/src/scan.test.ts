/** Scans as a training runs them: with their gradients, in one another, and inside a loop of updates. */
import {
  add,
  cost,
  evaluate,
  gradient,
  input,
  matmul,
  mul,
  optimize,
  program,
  reduceSum,
  rematerialize,
  scan,
  sin,
  square,
  sub,
  tanh,
} from '@orrery/graph';
import type { Tensor } from '@orrery/graph';
import { disagreement, feedsOf } from '@orrery/graph/testing';
import { describe, expect, test } from 'vitest';
import { disagreements } from './node/against-reference.ts';
import { createSession } from './node/create-session.ts';

const [B, T, H] = [2, 5, 3];
const w = input('w', [H, H]);
const x = input('x', [T, B, H]);
const h = input('h', [B, H]);

/** A recurrent net whose weight is made of another; its loss sees every state. */
function loss(): Tensor {
  const mixed = sin(w);
  const { carry, outputs } = scan(
    ([state], [now]) => {
      const next = tanh(add(matmul(state, mixed), mul(now, 0.3)));
      return { carry: [next], outputs: [square(next)] };
    },
    [h],
    [x],
  );
  return add(reduceSum(outputs[0]), reduceSum(carry[0]));
}

/** Layers in each step of time. */
function nested(): Tensor {
  const layers = input('layers', [2, H, H]);
  const { outputs } = scan(
    ([state], [now]) => {
      const [next] = scan(([y], [layer]) => ({ carry: [tanh(matmul(y, layer))] }), [state], [layers]).carry;
      return { carry: [add(next, now)], outputs: [mul(next, now)] };
    },
    [h],
    [x],
    { reverse: true },
  );
  return reduceSum(outputs[0]);
}

describe('onnxruntime agrees with the reference evaluator', () => {
  test.each([
    ['a scan', loss],
    ['a scan in a scan', nested],
  ])('%s, its gradient and the gradient of that', async (_, build) => {
    const value = build();
    const inputs = program({ value }).inputs;
    const first = gradient(value, inputs);
    const length = first.map((part) => reduceSum(square(part))).reduce((a, b) => add(a, b));
    const second = gradient(length, inputs);
    const named = (prefix: string, list: Tensor[]) =>
      Object.fromEntries(list.map((tensor, i) => [`${prefix} ${i}`, tensor]));
    const graph = program({ value, ...named('first', first), ...named('second', second) }, inputs);
    const ranges = Object.fromEntries(inputs.map(({ attributes: { name } }) => [name, [-1, 1] as const]));
    for (const candidate of [graph, optimize(graph)]) {
      // f32 through 5 steps of tanh, twice differentiated: what is large is right to 1e-5 of itself, so compare by size.
      const wrong = await disagreements(candidate, feedsOf(candidate, 3, ranges));
      expect(wrong).toEqual({});
    }
  });

  test('three updates in a loop, each with a scan and its gradient', async () => {
    const value = loss();
    const [slope] = gradient(value, [w]);
    const body = optimize(program({ w: sub(w, mul(slope, 0.05)), value }, [w, x, h]));
    const feeds = feedsOf(body, 5, { w: [-1, 1], x: [-1, 1], h: [-1, 1] });
    const repeat = (name: string) => Float32Array.from([0, 1, 2].flatMap(() => Array.from(feeds[name])));
    const session = await createSession({ body, carry: { w: 'w' }, steps: 3 }, { worker: false, threads: 1 });
    const got = await session.run({ w: feeds.w as Float32Array, x: repeat('x'), h: repeat('h') });
    await session.close();
    let state = feeds.w;
    const values: number[] = [];
    for (let update = 0; update < 3; update++) {
      const next = evaluate(body.outputs, { ...feeds, w: state });
      state = next.w;
      values.push(next.value[0]);
    }
    expect(disagreement(got.w.data, state, 'f32')).toBeLessThan(1);
    expect(disagreement(got.value.data, Float32Array.from(values), 'f32')).toBeLessThan(1);
    expect(values[2]).toBeLessThan(values[0]);
  });

  test('what is computed again rather than kept, with all its slopes', async () => {
    const again = rematerialize((inner) => tanh(matmul(sin(matmul(inner, w)), w)), h);
    const slopes = gradient(reduceSum(square(again)), [h, w]);
    const graph = optimize(program({ again, h: slopes[0], w: slopes[1] }));
    expect(await disagreements(graph, feedsOf(graph, 4, { w: [-1, 1], h: [-1, 1] }))).toEqual({});
  });

  test('the products of all steps are counted', () => {
    const products = cost([loss()]).byOp.matmul!;
    expect(products.flops).toBe(T * 2 * B * H * H);
  });
});
