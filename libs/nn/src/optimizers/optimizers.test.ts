import { constant, evaluate, input, program } from '@orrery/graph';
import { describe, expect, test } from 'vitest';
import {
  adam,
  adamW,
  clipByGlobalNorm,
  movingAverage,
  muon,
  orthogonalise,
  sgd,
  withL2,
  type Optimizer,
} from '../index.ts';

const shapes = { 'a.kernel': [2, 3], 'a.bias': [3] };
const names = Object.keys(shapes) as (keyof typeof shapes)[];
const start = {
  'a.kernel': Float32Array.from({ length: 6 }, (_, i) => Math.sin(i)),
  'a.bias': Float32Array.of(0.5, -0.5, 0.25),
};
/** At update t, from 1. */
const gradientsAt = (t: number) => ({
  'a.kernel': Float32Array.from({ length: 6 }, (_, i) => Math.cos(i + t)),
  'a.bias': Float32Array.from({ length: 3 }, (_, i) => Math.sin(i + 2 * t)),
});

/** Three updates with learning rate 0.01. */
function run(optimizer: Optimizer): Record<string, number[]> {
  const group = (prefix: string) =>
    Object.fromEntries(names.map((name) => [name, input(`${prefix}/${name}`, shapes[name])]));
  const step = input('step', []);
  const next = optimizer.update({
    parameters: group('parameters'),
    gradients: group('gradients'),
    slots: Object.fromEntries(optimizer.slots.map((slot) => [slot, group(slot)])),
    learningRate: constant(0.01),
    step,
  });
  const outputs = Object.fromEntries(
    Object.entries({ parameters: next.parameters, ...next.slots }).flatMap(([prefix, tensors]) =>
      names.map((name) => [`${prefix}/${name}`, tensors[name]]),
    ),
  );
  let state: Record<string, ArrayLike<number>> = {};
  for (const name of names) {
    state[`parameters/${name}`] = start[name];
    for (const slot of optimizer.slots) state[`${slot}/${name}`] = new Float32Array(start[name].length);
  }
  for (let t = 1; t <= 3; t++) {
    const gradients = Object.entries(gradientsAt(t)).map(([name, values]) => [`gradients/${name}`, values]);
    const feeds = { ...state, ...Object.fromEntries(gradients), step: Float32Array.of(t) };
    state = evaluate(program(outputs).outputs, feeds as Record<string, Float32Array>);
  }
  return Object.fromEntries(names.map((name) => [name, [...Array.from(state[`parameters/${name}`])]]));
}

function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>): void {
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((value, i) => expect(actual[name][i]).toBeCloseTo(value, 6));
  }
}

// Three updates of optax 0.2.8 with the same numbers.
describe('optimizers', () => {
  test('optax.adamw(0.01, weight_decay=0.1, mask=kernels only)', () => {
    expectClose(run(adamW({ weightDecay: 0.1 })), {
      'a.kernel': [-0.0058179689, 0.8679409027, 0.9320344925, 0.1501900405, -0.7829611301, -0.9827026129],
      'a.bias': [0.4907907844, -0.5031122565, 0.2682386935],
    });
  });

  test('optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-3)', () => {
    expectClose(run(adamW({ beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0 })), {
      'a.kernel': [-0.004475499, 0.8706427813, 0.9340513349, 0.1492440849, -0.785532951, -0.9850064516],
      'a.bias': [0.4919959903, -0.5030449629, 0.2671213448],
    });
  });

  test('torch.optim.Adam(lr=0.01, weight_decay=0.1) of torch 2.15', () => {
    expectClose(run(withL2(adam(), 0.1)), {
      'a.kernel': [-0.0058217472, 0.8701966405, 0.9337949157, 0.1501842141, -0.7848390937, -0.9847842455],
      'a.bias': [0.4895051718, -0.5019549727, 0.2677901387],
    });
    const plain = sgd();
    expect(withL2(plain, 0)).toBe(plain);
  });

  test('which parameters decay can be chosen', () => {
    const decayed = run(adamW({ weightDecay: 0.1, decays: () => true }));
    const kept = run(adamW({ weightDecay: 0.1, decays: () => false }));
    expect(kept).toEqual(run(adamW({ weightDecay: 0 })));
    expect(Math.abs(decayed['a.bias'][0])).toBeLessThan(Math.abs(kept['a.bias'][0]));
  });

  test.each([
    [
      'optax.sgd(0.01)',
      sgd(),
      [0.00865837, 0.8620687723, 0.9228971004, 0.1352181286, -0.7767798901, -0.9746100307],
      [0.5012692213, -0.4983918071, 0.2504685819],
    ],
    [
      'optax.sgd(0.01, momentum=0.9)',
      sgd({ momentum: 0.9 }),
      [0.0031645233, 0.8780947924, 0.9457088113, 0.1438424587, -0.7902719975, -0.9978140593],
      [0.4925314188, -0.4921746552, 0.2659246624],
    ],
    [
      'optax.sgd(0.01, momentum=0.9, nesterov=True)',
      sgd({ momentum: 0.9, nesterov: true }),
      [0.011506442, 0.8950303197, 0.9556674361, 0.1376683116, -0.8069024086, -1.0096107721],
      [0.4945475161, -0.491348982, 0.264800787],
    ],
  ])('%s', (_, optimizer, kernel, bias) => {
    expectClose(run(optimizer), { 'a.kernel': kernel, 'a.bias': bias });
  });

  test('muon: matrices by the formula in NumPy around optax.contrib’s orthogonalize_via_newton_schulz, the rest by adamw', () => {
    // v = 0.95 v + 0.05 g; p = p (1 - 0.01 * 0.1) - 0.01 * 0.2 sqrt(3) * orthogonal(0.95 v + 0.05 g)
    expectClose(run(muon({ weightDecay: 0.1 })), {
      'a.kernel': [0.0059462193, 0.8447035873, 0.9068443725, 0.146416172, -0.754852954, -0.9621137553],
      'a.bias': [0.4907907844, -0.5031122565, 0.2682386935],
    });
  });
});

describe('orthogonalise', () => {
  // optax.contrib._muon.orthogonalize_via_newton_schulz(sin(arange(12)**2 * 0.7).reshape(3, 4), (3.4445, -4.775, 2.0315))
  const matrix = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * i * 0.7));
  const expected = [
    -0.3803777397, 0.7272995114, 0.4229033887, 0.075790219, -0.6610254049, -0.6491199732, 0.3711090386,
    0.2656824589, 0.584094882, -0.202420637, 0.8820992112, 0.2152850032,
  ];

  test('a wide matrix', () => {
    const { y } = evaluate({ y: orthogonalise(input('x', [3, 4])) }, { x: matrix });
    expected.forEach((value, i) => expect(y[i]).toBeCloseTo(value, 4));
  });

  test('a tall one is the transpose of the wide one', () => {
    const tall = Float32Array.from({ length: 12 }, (_, i) => matrix[(i % 3) * 4 + Math.floor(i / 3)]);
    const { y } = evaluate({ y: orthogonalise(input('x', [4, 3])) }, { x: tall });
    expected.forEach((value, i) => expect(y[(i % 4) * 3 + Math.floor(i / 4)]).toBeCloseTo(value, 4));
  });

  test('no gradient, no direction', () => {
    const { y } = evaluate({ y: orthogonalise(input('x', [3, 4])) }, { x: new Float32Array(12) });
    expect([...y]).toEqual(Array(12).fill(0));
  });
});

describe('clipping', () => {
  const gradients = Object.fromEntries(names.map((name) => [name, input(name, shapes[name])]));
  const clipped = (largest: number, feeds: Record<string, Float32Array>) => {
    const { gradients: next, norm } = clipByGlobalNorm(gradients, largest);
    return evaluate({ ...next, norm }, feeds);
  };

  test('optax.clip_by_global_norm(1)', () => {
    const { norm, ...next } = clipped(1, gradientsAt(1));
    expect(norm[0]).toBeCloseTo(2.0722734928, 6);
    const expected = {
      'a.kernel': [0.2607292235, -0.2008165717, -0.477732569, -0.315423429, 0.1368845403, 0.4633415043],
      'a.bias': [0.4387921989, 0.0680991188, -0.3652039766],
    };
    for (const name of names)
      expected[name].forEach((value, i) => expect(next[name][i]).toBeCloseTo(value, 5));
  });

  test('short gradients stay as they are, and none stay none', () => {
    expect(clipped(3, gradientsAt(1))['a.bias']).toEqual(gradientsAt(1)['a.bias']);
    const none = { 'a.kernel': new Float32Array(6), 'a.bias': new Float32Array(3) };
    expect([...clipped(1, none)['a.kernel']]).toEqual(Array(6).fill(0));
  });
});

test('moving average', () => {
  const average = { w: input('average', []) };
  const next = movingAverage(average, { w: input('w', []) }, 0.999, input('step', []));
  // Python: avg = 1; for t, w in ((1, 2), (2, 3), (3, 5)): d = min(0.999, (1 + t) / (10 + t)); avg += (1 - d) * (w - avg)
  const values = [2, 3, 5].reduce(
    (before, w, i) =>
      evaluate({ y: next.w }, { average: before, w: Float32Array.of(w), step: Float32Array.of(i + 1) })
        .y as Float32Array,
    Float32Array.of(1) as Float32Array,
  );
  expect(values[0]).toBeCloseTo(4.293706293706293, 5);
});
