/** Layers with their gradients on onnxruntime, as training runs them, against the reference evaluator. */
import {
  constant,
  evaluate,
  gradient,
  input,
  mean,
  mul,
  optimize,
  program,
  square,
  tanh,
} from '@orrery/graph';
import {
  adaptiveResidual,
  allPairs,
  batchNorm,
  blockCausal,
  collect,
  defineLayer,
  embedding,
  film,
  groupNorm,
  gru,
  initialise,
  lstm,
  messagePassing,
  mlp,
  recurrent,
  spatialTemporalAttention,
  attention,
  transposedConvolution,
  type Layer,
} from '@orrery/nn';
import { createSession } from '@orrery/onnx/node';
import { key, normal } from '@orrery/random';
import { describe, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

const inner = mlp('inner', { widths: [8, 16, 8], activation: tanh });
const residual = adaptiveResidual('block', { features: 8, condition: 3 }, inner);
const modulated = film('film', { features: 4, condition: 3 });
const memory = gru('gru', { inputs: 5, features: 6 });
const cells = lstm('lstm', { inputs: 5, features: 6 });
const graph = messagePassing('graph', { features: 5, activation: tanh });
const words = embedding('words', { count: 7, features: 8 });
const norm = batchNorm('norm', { features: 4 });
const indices = constant([3, 1, 6, 6], [1, 4], 'i32');
const condition = constant([0.3, -0.7, 0.2, 0.9, 0.1, -0.4], [2, 3]);

const layers: Record<string, { readonly layer: Layer; readonly shape: readonly number[] }> = {
  'attention: block-causal, rotary, with normalised queries and keys': {
    layer: attention('a', {
      ...{ features: 8, heads: 2, mask: blockCausal(2) },
      ...{ rotary: true, queryKeyNorm: true },
    }),
    shape: [2, 6, 8],
  },
  'spatial-temporal attention': {
    layer: spatialTemporalAttention('st', { features: 8, heads: 2, grid: [2, 2] }),
    shape: [2, 3, 4, 8],
  },
  'adaptive residual': {
    layer: defineLayer(residual.parameters, (given, x) => residual(given, x, condition)),
    shape: [2, 4, 8],
  },
  film: {
    layer: defineLayer(modulated.parameters, (given, x) => modulated(given, x, condition)),
    shape: [2, 4, 3, 3],
  },
  gru: {
    layer: defineLayer(memory.parameters, (given, x) => recurrent(memory)(given, x).outputs),
    shape: [2, 4, 5],
  },
  lstm: {
    layer: defineLayer(cells.parameters, (given, x) => recurrent(cells)(given, x).outputs),
    shape: [2, 4, 5],
  },
  'message passing': {
    layer: defineLayer(graph.parameters, (given, x) => graph(given, x, allPairs(4))),
    shape: [2, 4, 5],
  },
  embedding: {
    layer: defineLayer(words.parameters, (given, x) => mul(words(given, indices), x)),
    shape: [1, 4, 8],
  },
  'transposed convolution, batch norm and group norm': {
    layer: (() => {
      const up = transposedConvolution('up', { inputs: 3, outputs: 4 });
      const grouped = groupNorm('grouped', { features: 4, groups: 2 });
      return defineLayer(collect(up, norm, grouped), (given, x) =>
        grouped(given, tanh(norm.train(given, up(given, x)).y)),
      );
    })(),
    shape: [2, 3, 3, 3],
  },
};

describe('value and gradients agree', () => {
  test.each(Object.entries(layers))('%s', async (_, { layer, shape }) => {
    const x = input('x', shape);
    const inputs = {
      x,
      ...Object.fromEntries(
        Object.entries(layer.parameters).map(([name, spec]) => [name, input(name, spec.shape)]),
      ),
    };
    const y = layer(inputs, x);
    const slopes = gradient(mean(square(y)), Object.values(inputs));
    const whole = program({
      y,
      ...Object.fromEntries(Object.keys(inputs).map((name, i) => [`d/${name}`, slopes[i]])),
    });
    const start = initialise(layer.parameters, key(1));
    // Zeros would hide what multiplies them.
    const shaken = Object.entries(start).map(([name, values], i) => {
      const noise = normal(key(10 + i), values.length);
      return [name, values.map((value, k) => value + 0.1 * noise[k])];
    });
    const size = shape.reduce((product, extent) => product * extent, 1);
    const feeds = { x: normal(key(2), size), ...Object.fromEntries(shaken) } as Record<string, Float32Array>;
    const wanted = evaluate(whole.outputs, feeds);
    const session = await createSession(optimize(whole), { worker: false, threads: 1 });
    try {
      const given = Object.fromEntries(
        Object.keys(session.signature.inputs).map((name) => [name, feeds[name]]),
      );
      const got = await session.run(given);
      for (const [name, values] of Object.entries(wanted)) {
        const scale = Math.max(1, ...Array.from(values, Math.abs));
        const data = got[name].data;
        expect(data.length).toBe(values.length);
        const error = Math.max(...Array.from(values, (value, i) => Math.abs(value - data[i])));
        expect(error / scale, name).toBeLessThan(1e-5);
      }
    } finally {
      await session.close();
    }
  });
});
