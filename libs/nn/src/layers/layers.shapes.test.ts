/** What layers do whatever the sizes, and how they refuse sizes that do not fit. */
import { evaluate, gradient, input, mul, reduceSum, size, square, tanh, type Tensor } from '@orrery/graph';
import { key } from '@orrery/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  adaptiveNorm,
  adaptiveResidual,
  allPairs,
  attention,
  batchNorm,
  blockCausal,
  causal,
  cellStep,
  convolution,
  dotProductAttention,
  embedding,
  film,
  groupNorm,
  gru,
  initialise,
  learnedNames,
  linear,
  lstm,
  messagePassing,
  mlp,
  parameterCount,
  recurrent,
  rmsNorm,
  rotary,
  sinusoids,
  spatialTemporalAttention,
  transposedConvolution,
  type ParameterSpecs,
} from '../index.ts';
import { wave } from '../reference.fixture.ts';

const inputsOf = (specs: ParameterSpecs) =>
  Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, input(name, shape)]));
const startOf = (specs: ParameterSpecs) => initialise(specs, key(5));
const small = fc.integer({ min: 1, max: 4 });
const runs = { numRuns: 25 };

describe('shapes', () => {
  test('attention keeps the shape of x, whatever the leading axes, heads and context', () => {
    fc.assert(
      fc.property(
        fc.array(small, { minLength: 1, maxLength: 2 }),
        small,
        small,
        small,
        fc.constantFrom(1, 2, 4),
        (lead, queries, keys, headFeatures, heads) => {
          const features = heads * headFeatures;
          const layer = attention('a', { features, heads, contextFeatures: 3 });
          const y = layer(
            inputsOf(layer.parameters),
            input('x', [...lead, queries, features]),
            input('c', [...lead, keys, 3]),
          );
          expect(y.shape).toEqual([...lead, queries, features]);
        },
      ),
      runs,
    );
  });

  test('recurrence gives an output a time, and the state is the last one', () => {
    fc.assert(
      fc.property(small, small, small, small, (batch, times, inputs, features) => {
        const x = input('x', [batch, times, inputs]);
        for (const cell of [gru('r', { inputs, features }), lstm('r', { inputs, features })]) {
          const { outputs, state } = recurrent<unknown>(cell as never)(inputsOf(cell.parameters), x);
          expect(outputs.shape).toEqual([batch, times, features]);
          const last = (cell.output as (state: unknown) => Tensor)(state);
          const values = evaluate(
            { outputs, last },
            {
              ...startOf(cell.parameters),
              x: wave(size(x.shape), 1),
            },
          );
          for (let b = 0; b < batch; b++) {
            const end = ((b + 1) * times - 1) * features;
            expect([...values.outputs.slice(end, end + features)]).toEqual([
              ...values.last.slice(b * features, (b + 1) * features),
            ]);
          }
        }
      }),
      runs,
    );
  });

  test('a transposed convolution grows an image by its stride, and undoes the shape of a convolution', () => {
    fc.assert(
      fc.property(small, small, small, fc.nat(4), (height, width, stride, extra) => {
        const options = { inputs: 2, outputs: 3, size: stride + extra, stride };
        const grow = transposedConvolution('t', options);
        const y = grow(inputsOf(grow.parameters), input('x', [1, 2, height, width]));
        expect(y.shape).toEqual([1, 3, height * stride, width * stride]);
        const shrink = convolution('c', { ...options, inputs: 3 });
        expect(shrink(inputsOf(shrink.parameters), y).shape).toEqual([1, 3, height, width]);
      }),
      runs,
    );
  });

  test('message passing keeps the nodes and is the same for every order of the edges', () => {
    fc.assert(
      fc.property(small, fc.integer({ min: 2, max: 5 }), fc.nat(1000), (batch, nodes, seed) => {
        const layer = messagePassing('p', { features: 2, activation: tanh });
        const { senders, receivers } = allPairs(nodes);
        expect(senders.shape).toEqual([nodes * (nodes - 1)]);
        const x = input('x', [batch, nodes, 2]);
        const given = inputsOf(layer.parameters);
        const order = Array.from(senders.shape, (n) => Array.from({ length: n }, (_, i) => i))[0].sort(
          (a, b) => Math.sin(seed + a) - Math.sin(seed + b),
        );
        const [from, to] = evaluate([senders, receivers]);
        const ends = {
          senders: input('s', senders.shape, 'i32'),
          receivers: input('r', senders.shape, 'i32'),
        };
        const [straight, shuffled] = evaluate(
          [layer(given, x, { senders, receivers }), layer(given, x, ends)],
          {
            ...startOf(layer.parameters),
            x: wave(size(x.shape), 1),
            s: order.map((edge) => from[edge]),
            r: order.map((edge) => to[edge]),
          },
        );
        expect(straight.length).toBe(size(x.shape));
        straight.forEach((value, i) => expect(shuffled[i]).toBeCloseTo(value, 5));
      }),
      runs,
    );
  });
});

describe('what masks and positions mean', () => {
  /** Largest slope of the output at one token by the input at another. */
  function influence(build: (x: Tensor) => Tensor, shape: readonly number[], parameters: ParameterSpecs) {
    const x = input('x', shape);
    const y = build(x);
    const features = shape[2];
    return (of: number, by: number) => {
      const at = Array.from({ length: size(y.shape) }, (_, i) => Number(Math.floor(i / features) === of));
      const weight = input('weight', y.shape);
      const slope = gradient(reduceSum(square(mul(y, weight))), [x])[0];
      const [values] = evaluate([slope], { ...startOf(parameters), x: wave(size(shape), 2), weight: at });
      return Math.max(...values.slice(by * features, (by + 1) * features).map(Math.abs));
    };
  }

  test('causal: a token depends on itself and the past only', () => {
    const layer = attention('a', { features: 4, heads: 2, mask: causal });
    const slope = influence((x) => layer(inputsOf(layer.parameters), x), [1, 4, 4], layer.parameters);
    for (let of = 0; of < 4; of++) {
      for (let by = 0; by < 4; by++) {
        if (by > of) expect(slope(of, by)).toBe(0);
        else expect(slope(of, by)).toBeGreaterThan(0);
      }
    }
  });

  test('block-causal: a token depends on its whole frame and earlier ones', () => {
    const layer = attention('a', { features: 4, heads: 1, mask: blockCausal(2) });
    const slope = influence((x) => layer(inputsOf(layer.parameters), x), [1, 4, 4], layer.parameters);
    expect(slope(0, 1)).toBeGreaterThan(0);
    expect(slope(2, 0)).toBeGreaterThan(0);
    expect(slope(1, 2)).toBe(0);
  });

  test('fewer queries than keys are the last ones', () => {
    const [mask] = evaluate([causal(2, 4)]);
    expect([...mask]).toEqual([1, 1, 1, 0, 1, 1, 1, 1]);
    expect([...evaluate([blockCausal(2)(2, 4)])[0]]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test('a query that may look at nothing gets the mean of the values, not NaN', () => {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => input(name, [2, 2]));
    const [y] = evaluate([dotProductAttention(q, k, v, input('mask', [2, 2], 'bool'))], {
      ...{ q: [1, 2, 3, 4], k: [5, 6, 7, 8], v: [0, 1, 4, 3] },
      mask: [0, 0, 1, 0],
    });
    expect([...y]).toEqual([2, 2, 0, 1]);
  });

  test('rotary: lengths stay, and products depend on the distance alone', () => {
    const turnedAt = (seed: number, shift: number) => {
      const x = input('x', [1, 6]);
      return evaluate([rotary(x, { positions: [[shift]] })], { x: wave(6, seed) })[0];
    };
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(40), (query, apart, shift) => {
        const near = dot(turnedAt(1, query), turnedAt(2, query + apart));
        const far = dot(turnedAt(1, query + shift), turnedAt(2, query + apart + shift));
        expect(near).toBeCloseTo(far, 4);
        expect(dot(turnedAt(1, query), turnedAt(1, query))).toBeCloseTo(dot(wave(6, 1), wave(6, 1)), 5);
      }),
      runs,
    );
  });
});

describe('how layers start', () => {
  test('conditioning does nothing at first', () => {
    const x = input('x', [2, 3, 2, 2]);
    const c = input('c', [2, 5]);
    const feeds = { x: wave(24, 1), c: wave(10, 2) };
    const modulated = film('f', { features: 3, condition: 5 });
    const inner = linear('inner', { inputs: 2, outputs: 2 });
    const residual = adaptiveResidual('d', { features: 2, condition: 5 }, inner);
    const layers = [modulated, residual];
    for (const layer of layers) {
      const [y] = evaluate([layer(inputsOf(layer.parameters), x, c)], {
        ...startOf(layer.parameters),
        ...feeds,
      });
      wave(24, 1).forEach((value, i) => expect(y[i]).toBeCloseTo(value, 6));
    }
  });

  test('the forget gate of an LSTM starts open', () => {
    const { parameters } = lstm('l', { inputs: 2, features: 3 });
    expect([...startOf(parameters)['l.input.bias']]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('a transposed convolution keeps the variance that He et al. ask for', () => {
    const layer = transposedConvolution('t', { inputs: 32, outputs: 4, size: 4, stride: 2, bias: false });
    const x = input('x', [1, 32, 8, 8]);
    const [y] = evaluate([layer(inputsOf(layer.parameters), x)], {
      ...startOf(layer.parameters),
      x: Float64Array.from({ length: size(x.shape) }, (_, i) => Math.SQRT2 * Math.sin(i * i)),
    });
    const square = Array.from(y).reduce((sum, value) => sum + value * value, 0) / y.length;
    // Twice the mean square of x, which is 1, but for the border, where kernels reach over the edge.
    expect(square).toBeGreaterThan(1.4);
    expect(square).toBeLessThan(2.6);
  });
});

describe('batchNorm', () => {
  const layer = batchNorm('n', { features: 3, momentum: 0.5, axis: -1 });

  test('statistics are neither counted nor moved by an optimizer', () => {
    expect(learnedNames(layer.parameters)).toEqual(['n.scale', 'n.bias']);
    expect(parameterCount(layer.parameters)).toBe(6);
  });

  test('running statistics reach those of batches that stay the same', () => {
    const x = input('x', [4, 2, 3]);
    const { statistics } = layer.train(inputsOf(layer.parameters), x);
    const start = startOf(layer.parameters);
    let state: Record<string, ArrayLike<number>> = start;
    for (let t = 0; t < 40; t++) {
      state = { ...start, ...evaluate(statistics, { ...state, x: wave(24, 1) } as never) };
    }
    for (let feature = 0; feature < 3; feature++) {
      const own = Array.from(wave(24, 1)).filter((_, i) => i % 3 === feature);
      const mean = own.reduce((sum, value) => sum + value, 0) / 8;
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 7;
      expect(state['n.mean'][feature]).toBeCloseTo(mean, 5);
      expect(state['n.variance'][feature]).toBeCloseTo(variance, 5);
    }
  });
});

describe('what does not fit is refused by name, with both shapes and the remedy', () => {
  const call = <Inputs extends readonly unknown[]>(
    layer: { (parameters: Record<string, Tensor>, ...inputs: Inputs): unknown; parameters: ParameterSpecs },
    ...inputs: Inputs
  ) => {
    const given = inputsOf(layer.parameters);
    return () => layer(given, ...inputs);
  };
  const x = (...shape: number[]) => input('x', shape);
  const pair = { features: 4, heads: 2 };
  const cell = gru('memory', { inputs: 2, features: 3 });
  const passing = messagePassing('p', { features: 2, edgeFeatures: 1, activation: tanh });
  const { senders, receivers } = allPairs(2);

  test.each<[() => unknown, string]>([
    [
      call(attention('a', pair), x(2, 3, 5)),
      'attention "a": x [2, 3, 5] is not [..., T, 4]; change "features"',
    ],
    [
      call(attention('a', pair), x(2, 3, 4), x(1, 3, 4)),
      'attention "a": context [1, 3, 4] is not [2, S, 4]; change "contextFeatures"',
    ],
    [
      () => attention('a', { features: 4, heads: 3 }),
      'attention "a": 3 heads do not divide 4 features; choose a divisor',
    ],
    [
      call(attention('a', { ...pair, mask: blockCausal(2) }), x(1, 3, 4)),
      'blockCausal: 3 queries and 3 keys are not frames of 2 tokens; change "tokens"',
    ],
    [
      call(attention('a', { features: 2, heads: 2, rotary: true }), x(1, 3, 2)),
      'rotary: 1 features of x [1, 2, 3, 1] are no multiple of 2, two an axis; change the size of a head',
    ],
    [
      call(attention('a', { ...pair, rotary: { positions: [[0, 1]] } }), x(1, 3, 4)),
      'rotary: 2 positions for the 3 tokens of x [1, 2, 3, 2]; give one a token',
    ],
    [
      call(spatialTemporalAttention('s', { ...pair, grid: [2, 3] }), x(1, 2, 5, 4)),
      'spatialTemporalAttention "s": x [1, 2, 5, 4] is not [B, T, 6, 4]; change "features", "grid" or x',
    ],
    [
      call(transposedConvolution('up', { inputs: 2, outputs: 1 }), x(1, 3, 4, 4)),
      'transposedConvolution "up": x [1, 3, 4, 4] is not [B, 2, H, W]; change "inputs" or x',
    ],
    [
      () => transposedConvolution('up', { inputs: 2, outputs: 1, size: 2, stride: 3 }),
      'transposedConvolution "up": a kernel of 2 is smaller than the stride 3; enlarge "size"',
    ],
    [
      call(convolution('c', { inputs: 2, outputs: 1 }), x(1, 3, 4, 4)),
      'convolution "c": x [1, 3, 4, 4] is not [B, 2, H, W]; change "inputs" or x',
    ],
    [
      call(rmsNorm('n', { features: 4 }), x(2, 3)),
      'rmsNorm "n": x [2, 3] is not [..., 4]; change "features" or x',
    ],
    [
      call(groupNorm('n', { features: 4, groups: 2 }), x(2, 4)),
      'groupNorm "n": x [2, 4] is not [B, 4, H, W]; change "features" or x',
    ],
    [
      call(batchNorm('n', { features: 4 }), x(2, 3, 1, 1)),
      'batchNorm "n": x [2, 3, 1, 1] is not [B, 4, H, W]; change "features", "axis" or x',
    ],
    [
      () =>
        batchNorm('n', { features: 4 }).train(
          inputsOf(batchNorm('n', { features: 4 }).parameters),
          x(1, 4, 1, 1),
        ),
      'batchNorm "n": x [1, 4, 1, 1] has one value a feature, which has no variance; enlarge the batch',
    ],
    [
      call(embedding('e', { count: 3, features: 2 }), x(2)),
      'embedding "e": indices are f32 [2], not i32; cast them',
    ],
    [() => sinusoids(x(2), 5), 'sinusoids: 5 features are not pairs of waves; give an even number'],
    [call(recurrent(cell), x(1, 4, 3)), 'gru "memory": x [1, 4, 3] is not [B, T, 2]; change "inputs" or x'],
    [
      call(recurrent(cell), x(1, 4, 2), x(2, 3)),
      'gru "memory": state [2, 3] is not [1, 3]; change "features" or the state',
    ],
    [call(cellStep(cell), x(1, 3), x(1, 3)), 'gru "memory": x [1, 3] is not [B, 2]; change "inputs" or x'],
    [
      call(film('f', { features: 3, condition: 2 }), x(2, 3, 1, 1), x(1, 2)),
      'film "f": condition [1, 2] is not [2, 2]; change "condition" or what is given',
    ],
    [
      call(adaptiveNorm('d', { features: 3, condition: 2 }), x(2, 4, 3), x(2, 4, 5)),
      'adaptiveNorm "d": condition [2, 4, 5] is not [2, 4, 2]; change "condition" or what is given',
    ],
    [
      call(passing, x(1, 2, 2), { senders, receivers }),
      'messagePassing "p": no edge features; give [1, 2, 1], or leave out "edgeFeatures"',
    ],
    [
      call(passing, x(1, 2, 2), { senders, receivers, features: x(1, 3, 1) }),
      'messagePassing "p": edge features [1, 3, 1] is not [1, 2, 1]; change "edgeFeatures"',
    ],
    [
      call(passing, x(1, 2, 2), { senders, receivers: allPairs(3).receivers }),
      'messagePassing "p": receivers [6] is not [2]; give one for each sender',
    ],
    [
      call(mlp('m', { widths: [2, 1], activation: tanh }), x(1, 3)),
      'linear "m.0": x [1, 3] is not [..., 2]; change "inputs" or x',
    ],
  ])('%#: %s', (build, message) => {
    expect(build).toThrow(message);
    try {
      build();
    } catch (error) {
      // Where the model's author called, not inside the layer.
      expect((error as Error).stack!.split('\n')[1]).toContain('layers.shapes.test.ts');
    }
  });
});
