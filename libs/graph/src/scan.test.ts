import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  cost,
  evaluate,
  finiteDifferences,
  gradient,
  input,
  matmul,
  mul,
  optimize,
  order,
  print,
  program,
  reduceSum,
  reverse as reversed,
  scan,
  sin,
  size,
  square,
  stack,
  take,
  tanh,
  type ScanResult,
  type ScanStep,
  type Shape,
  type Tensor,
} from './index.ts';

type Step = (carry: Tensor[], slices: Tensor[]) => ScanStep;

/** What a scan means: the step, written out T times. */
function unrolled(
  step: Step,
  initial: readonly Tensor[],
  xs: readonly Tensor[],
  { reverse = false }: { readonly reverse?: boolean } = {},
): ScanResult {
  let carry: readonly Tensor[] = initial;
  const steps = xs[0].shape[0];
  const outputs: (readonly Tensor[])[] = [];
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const next = step(
      [...carry],
      xs.map((x) => take(x, t)),
    );
    carry = next.carry;
    outputs.push(next.outputs ?? []);
  }
  const stacked = outputs[0].map((_, k) => stack(outputs.map((list) => list[k])));
  return { carry: [...carry], outputs: reverse ? stacked.map((y) => reversed(y, 0)) : stacked };
}

const wave = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + 2.399963 * i + 7.1 * seed));
const f64 = (name: string, shape: Shape) => input(name, shape, 'f64');
const feedsOf = (inputs: readonly Tensor<'input'>[]) =>
  Object.fromEntries(inputs.map(({ attributes, shape }, k) => [attributes.name, wave(size(shape), k)]));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-10): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i])).toBeLessThan(tolerance * (1 + Math.abs(expected[i])));
  }
}

/** A recurrent net over time; its weight, and something of its weight, come from outside. */
const [B, T, I, H] = [2, 4, 3, 2];
const [w, u, x, h] = [f64('w', [I, H]), f64('u', [H, H]), f64('x', [T, B, I]), f64('h', [B, H])];
const inputs = [w, u, x, h];
const feeds = feedsOf(inputs);
const cell: Step = ([state], [now]) => {
  const next = tanh(add(matmul(now, w), matmul(state, add(u, sin(u)))));
  return { carry: [next], outputs: [square(next), mul(state, now.shape.length)] };
};

type Loop = typeof scan;
const losses: Record<string, (loop: Loop) => Tensor> = {
  'the last carry': (loop) => reduceSum(square(loop(cell, [h], [x]).carry[0])),
  outputs: (loop) => {
    const [squares, states] = loop(cell, [h], [x]).outputs;
    return add(reduceSum(mul(squares, states)), reduceSum(sin(states)));
  },
  'everything, from the end': (loop) => {
    const { carry, outputs } = loop(cell, [h], [x], { reverse: true });
    return add(reduceSum(mul(outputs[0], carry[0])), reduceSum(mul(outputs[1], wide)));
  },
  'two carries': (loop) => {
    const step: Step = ([a, b], [now]) => ({
      carry: [sin(add(b, matmul(now, w))), mul(a, b)],
      outputs: [a],
    });
    const { carry, outputs } = loop(step, [h, square(h)], [x]);
    return add(reduceSum(mul(carry[0], carry[1])), reduceSum(outputs[0]));
  },
  'no carry': (loop) => {
    const step: Step = (_, [now]) => ({ carry: [], outputs: [tanh(matmul(now, w))] });
    return reduceSum(square(loop(step, [], [x]).outputs[0]));
  },
  'a scan in a scan': (loop) => {
    const inner: Step = ([state], [row]) => ({ carry: [tanh(add(state, mul(row, u)))] });
    const outer: Step = ([state], [now]) => {
      const [next] = loop(inner, [state], [matmul(now, w)]).carry;
      return { carry: [next], outputs: [square(next)] };
    };
    const { carry, outputs } = loop(outer, [u], [x]);
    return add(reduceSum(carry[0]), reduceSum(outputs[0]));
  },
};
const wide = f64('wide', [T, B, H]);

describe('a scan is its steps written out', () => {
  const all = { ...feeds, wide: wave(T * B * H, 9) };

  test.each(Object.entries(losses))('%s: value, gradients, and gradients of gradients', (_, lossOf) => {
    const results = [scan, unrolled].map((loop) => {
      const loss = lossOf(loop);
      const first = gradient(loss, inputs);
      const norm = first.map((part) => reduceSum(square(part))).reduce((a, b) => add(a, b));
      const second = gradient(norm, inputs);
      return [loss, ...first, ...second];
    });
    const [got, wanted] = results.map((outputs) => evaluate(outputs, all));
    wanted.forEach((values, k) => expectClose(got[k], values));
    const optimized = evaluate(optimize(results[0]), all);
    wanted.forEach((values, k) => expectClose(optimized[k], values));
  });

  test('gradients are central differences', () => {
    const loss = losses['everything, from the end'](scan);
    const exact = evaluate(gradient(loss, inputs), all);
    finiteDifferences(loss, inputs, all).forEach((slopes, k) => expectClose(exact[k], slopes, 1e-6));
  });

  test('whatever the length and the sizes', () => {
    const extent = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(extent, extent, extent, fc.boolean(), (steps, rows, columns, reverse) => {
        const weight = f64('weight', [columns, columns]);
        const xs = f64('xs', [steps, rows, columns]);
        const start = f64('start', [rows, columns]);
        const given = [weight, xs, start];
        const step: Step = ([state], [now]) => {
          const next = add(sin(matmul(state, weight)), now);
          return { carry: [next], outputs: [mul(state, now)] };
        };
        const [got, wanted] = [scan, unrolled].map((loop) => {
          const { carry, outputs } = loop(step, [start], [xs], { reverse });
          const loss = add(reduceSum(square(outputs[0])), reduceSum(carry[0]));
          return evaluate([carry[0], outputs[0], ...gradient(loss, given)], feedsOf(given));
        });
        wanted.forEach((values, k) => expectClose(got[k], values));
      }),
      { numRuns: 30 },
    );
  });
});

describe('over layers', () => {
  test('stacked parameters are scanned, and get stacked gradients', () => {
    const layers = 3;
    const weights = f64('weights', [layers, H, H]);
    const start = f64('start', [B, H]);
    const { carry } = scan(
      ([y], [weight]) => ({ carry: [add(y, tanh(matmul(y, weight)))] }),
      [start],
      [weights],
    );
    let y: Tensor = start;
    for (let l = 0; l < layers; l++) y = add(y, tanh(matmul(y, take(weights, l))));
    const given = feedsOf([weights, start]);
    const [got, wanted] = [carry[0], y].map((result) =>
      evaluate([result, ...gradient(reduceSum(square(result)), [weights, start])], given),
    );
    wanted.forEach((values, k) => expectClose(got[k], values));
  });
});

describe('what it costs', () => {
  const both = [scan, unrolled].map((loop) => {
    const loss = losses.outputs(loop);
    return optimize(program({ loss, ...Object.fromEntries(gradient(loss, inputs).map((g, i) => [i, g])) }));
  });

  test('the same products as the steps written out, forward and backward', () => {
    const [looped, written] = both.map((graph) => cost(graph).matrixFlops);
    expect(looped).toBe(written);
  });

  test('the forward loop runs once for the value and the gradient', () => {
    const scans = order(Object.values(both[0].outputs)).filter(({ op }) => op === 'scan');
    expect(scans).toHaveLength(2);
  });

  test('nodes do not grow with the steps', () => {
    const nodesOf = (steps: number) => {
      const xs = f64('xs', [steps, B, I]);
      const loss = reduceSum(scan(cell, [h], [xs]).carry[0]);
      return order(optimize(gradient(loss, [w]))).length;
    };
    expect(nodesOf(200)).toBe(nodesOf(50));
  });

  test('what does not depend on the step is computed before, also beside what it is made of', () => {
    const { carry } = scan(
      ([state], [now]) => ({ carry: [add(matmul(state, sin(u)), matmul(matmul(now, w), u))] }),
      [h],
      [x],
    );
    const loop = order(carry).find((node) => node.op === 'scan')! as Tensor<'scan'>;
    expect(order(loop.attributes.loop.outputs).some(({ op }) => op === 'sin')).toBe(false);
    expect(order(carry).some(({ op }) => op === 'sin')).toBe(true);
  });
});

test('printed with its step', () => {
  const text = print({
    y: scan(([y], [now]) => ({ carry: [add(y, now)] }), [f64('y', [2])], [f64('xs', [3, 2])]).carry[0],
  });
  expect(text).toContain('scan %0 %1 steps=3 carries=1 scanned=1 reverse=false : f64[2]');
  expect(text).toContain('  %2 = add %0 %1 : f64[2]');
});

test.each<[() => unknown, string]>([
  [() => scan(cell, [h], []), 'scan: nothing to scan; give at least one tensor [T, ...]'],
  [
    () => scan(cell, [h], [x, f64('z', [T + 1, 2])]),
    'scan: [4, 2, 3] and [5, 2] are not of one length; give [T, ...] with the same T',
  ],
  [
    () => scan(([y]) => ({ carry: [take(y, 0)] }), [h], [x]),
    'scan: carry 0 starts as f64 [2, 2] and goes on as f64 [2]; make them agree',
  ],
  [() => scan(() => ({ carry: [] }), [h], [x]), 'scan: 1 carries come in and 0 go on; return one for each'],
  [() => scan(() => ({ carry: [] }), [], [x]), 'scan: the step returns nothing; give a carry or an output'],
  [
    () => scan(([y]) => ({ carry: [y], outputs: [input('single', [2])] }), [h], [x]),
    'scan: f64 [2, 2] and f32 [2] in one step; cast all to one float dtype',
  ],
])('%#: %s', (build, message) => expect(build).toThrow(message));
