import { evaluate, finiteDifferences, gradient, input, type Tensor } from '@orrery/graph';
import { initialise } from '@orrery/nn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { residualConv, residualConvConfig, type ResidualConvConfig } from '../index.ts';

const world = { sees: 'frames' as const, height: 8, width: 12, channels: 3, actions: 0 };
const build = (config: Partial<ResidualConvConfig>, size = world) =>
  residualConv.build(residualConvConfig.parse({ width: 4, blocks: 1, ...config }), size);

type Model = ReturnType<typeof build>;
const tensors = (model: Model, dtype: 'f32' | 'f64' = 'f64') =>
  Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, input(name, shape, dtype)]),
  );
/** Reproducible values in [-scale, scale], none of them 0. */
const waves = (length: number, scale: number, phase: number) =>
  Float64Array.from({ length }, (_, i) => scale * Math.sin(1.7 * i + phase));
const values = (model: Model, scale = 0.2) =>
  Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }], i) => [
      name,
      waves(
        shape.reduce((a, b) => a * b, 1),
        scale,
        i,
      ),
    ]),
  );
const frames = (batch: number, time: number, size = world) => {
  const length = batch * time * size.channels * size.height * size.width;
  return Float64Array.from({ length }, (_, i) => 0.5 + 0.4 * Math.sin(0.37 * i));
};
const clip = (batch: number, time: number, size = world) =>
  input('frames', [batch, time, size.channels, size.height, size.width], 'f64');

describe('residual convolution', () => {
  test('an untrained model predicts the last frame', () => {
    const model = build({ context: 3 });
    const start = initialise(model.parameters, [0, 0]);
    const parameters = tensors(model, 'f32');
    const context = input('frames', [2, 3, 3, 8, 12]);
    const { frame } = model.step(parameters, model.encode(parameters, { frames: context }));
    const given = Float32Array.from(frames(2, 3));
    const result = evaluate({ frame }, { ...start, frames: given }).frame;
    const size = 3 * 8 * 12;
    for (let b = 0; b < 2; b++) {
      expect(result.slice(b * size, (b + 1) * size)).toEqual(
        given.slice((3 * b + 2) * size, (3 * b + 3) * size),
      );
    }
  });

  test('its loss is the mean squared error of the frames that it imagines', () => {
    // Small weights, so that no prediction leaves [0, 1], where imagination cuts and training does not.
    const model = build({ unroll: 3 });
    const parameters = tensors(model);
    const feeds = { ...values(model, 0.02), frames: frames(2, 5) };
    const whole = clip(2, 5);
    const { loss, metrics } = model.loss(parameters, { frames: whole }, 'train');

    const contextFrames = input('context', [2, 2, 3, 8, 12], 'f64');
    let state = model.encode(parameters, { frames: contextFrames });
    const predicted: Tensor[] = [];
    for (let k = 0; k < 3; k++) {
      const next = model.step(parameters, state);
      predicted.push(next.frame);
      state = next.state;
    }
    const size = 3 * 8 * 12;
    const context = Float64Array.from(
      [0, 1].flatMap((b) => [...feeds.frames.slice(b * 5 * size, (b * 5 + 2) * size)]),
    );
    const imagined = evaluate(predicted, { ...feeds, context });
    const errors = imagined.map((frame, k) => {
      let sum = 0;
      for (let b = 0; b < 2; b++) {
        for (let i = 0; i < size; i++)
          sum += (frame[b * size + i] - feeds.frames[(b * 5 + 2 + k) * size + i]) ** 2;
      }
      return sum / (2 * size);
    });
    const measured = evaluate({ loss, ...metrics }, feeds);
    expect(measured.loss[0]).toBeCloseTo((errors[0] + errors[1] + errors[2]) / 3, 10);
    expect(measured.rmseFirst[0]).toBeCloseTo(Math.sqrt(errors[0]), 10);
    expect(measured.rmseLast[0]).toBeCloseTo(Math.sqrt(errors[2]), 10);
  });

  test('with actions, each prediction sees the one that leads to it', () => {
    const acted = { ...world, actions: 2 };
    const model = build({ unroll: 2 }, acted);
    const parameters = tensors(model);
    const actions = input('actions', [2, 4, 2], 'f64');
    const feeds = { ...values(model, 0.02), frames: frames(2, 4), actions: waves(16, 0.8, 0.3) };
    const { loss } = model.loss(parameters, { frames: clip(2, 4), actions }, 'train');

    const contextFrames = input('context', [2, 2, 3, 8, 12], 'f64');
    const led = [0, 1].map((k) => input(`action${k}`, [2, 2], 'f64'));
    const first = model.step(parameters, model.encode(parameters, { frames: contextFrames }), led[0]);
    const second = model.step(parameters, first.state, led[1]);
    const size = 3 * 8 * 12;
    const part = (values: Float64Array, from: number, to: number, of: number) =>
      Float64Array.from([0, 1].flatMap((b) => [...values.slice((4 * b + from) * of, (4 * b + to) * of)]));
    const imagined = evaluate([first.frame, second.frame], {
      ...{ ...feeds, context: part(feeds.frames, 0, 2, size) },
      // Action 1 leads from frame 1, the last of the context, to frame 2.
      ...{ action0: part(feeds.actions, 1, 2, 2), action1: part(feeds.actions, 2, 3, 2) },
    });
    const errors = imagined.map((frame, k) => {
      const truth = part(feeds.frames, 2 + k, 3 + k, size);
      return [...frame].reduce((sum, value, i) => sum + (value - truth[i]) ** 2, 0) / frame.length;
    });
    expect(evaluate({ loss }, feeds).loss[0]).toBeCloseTo((errors[0] + errors[1]) / 2, 12);
    // Every cell sees all numbers of the action: what the stem takes grows by two constant maps.
    expect(model.parameters['stem.kernel'].shape).toEqual([4, 2 * 48 + 2, 3, 3]);
    const slopes = evaluate(gradient(loss, [actions]), feeds)[0];
    const touched = [...slopes].map((slope) => slope !== 0);
    expect(touched).toEqual([0, 1].flatMap(() => [false, false, true, true, true, true, false, false]));
  });

  // The same equations in jax 0.10.2, float64: jax.lax.conv_general_dilated(..., 'SAME'), jax.nn.silu and NumPy's
  // reshape and transpose for space-to-depth, jnp.clip and jax.lax.stop_gradient(clip(y) - y) for what is cut, errors weighed by 0.6 ** k; parameter i
  // is 0.2 sin(1.7 arange + i), frames 0.5 + 0.4 sin(0.37 arange).
  test.each([
    {
      config: {},
      loss: 0.11947717451112592,
      norms: {
        'stem.kernel': 2.038842536913087,
        'stem.bias': 0.13697722903593193,
        place: 0.14759622559992586,
        'blocks.0.first.kernel': 0.08092172153947069,
        'blocks.0.first.bias': 0.05353447375219753,
        'blocks.0.second.kernel': 0.07917729648936231,
        'blocks.0.second.bias': 0.1644042201986614,
        'head.kernel': 0.16162123098335562,
        'head.bias': 0.1496150818621068,
      },
      first: [-0.028618188305220175, -0.02295644958386181, 0.02045106177565448],
    },
    {
      config: { cut: true, discount: 0.6 },
      loss: 0.06648661692129731,
      norms: {
        'stem.kernel': 1.1576808177569662,
        'stem.bias': 0.07810440887246464,
        place: 0.08483182207972197,
        'blocks.0.first.kernel': 0.04418427088430146,
        'blocks.0.first.bias': 0.03071347736332958,
        'blocks.0.second.kernel': 0.043536393151216504,
        'blocks.0.second.bias': 0.09334571555649779,
        'head.kernel': 0.07850251650220082,
        'head.bias': 0.081457649951348,
      },
      first: [-0.016428852276170924, -0.01272328515243742, 0.012461726095969895],
    },
  ])(
    'loss and gradients are those of an independent implementation, with $config',
    ({ config, loss: expected, norms, first }) => {
      const model = build({ unroll: 2, ...config });
      const parameters = tensors(model);
      const { loss } = model.loss(parameters, { frames: clip(2, 4) }, 'train');
      expect(Object.keys(model.parameters)).toEqual(Object.keys(norms));
      const slopes = gradient(loss, Object.values(parameters));
      const [value, ...gradients] = evaluate([loss, ...slopes], { ...values(model), frames: frames(2, 4) });
      expect(value[0]).toBeCloseTo(expected, 10);
      Object.values(norms).forEach((norm, i) => expect(Math.hypot(...gradients[i])).toBeCloseTo(norm, 10));
      first.forEach((slope, i) => expect(gradients[0][i]).toBeCloseTo(slope, 10));
    },
  );

  test('gradients through the unrolled predictions agree with central differences', () => {
    const size = { sees: 'frames' as const, height: 4, width: 4, channels: 1, actions: 0 };
    const model = build({ unroll: 2, patch: 2, width: 2 }, size);
    const parameters = tensors(model);
    const { loss } = model.loss(parameters, { frames: clip(1, 4, size) }, 'train');
    const feeds = { ...values(model), frames: frames(1, 4, size) };
    const inputs = Object.values(parameters);
    const exact = evaluate(gradient(loss, inputs), feeds);
    finiteDifferences(loss, inputs, feeds).forEach((slopes, i) =>
      slopes.forEach((slope, j) =>
        expect(Math.abs(exact[i][j] - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope))),
      ),
    );
  });

  test('sees as far as its blocks reach, and no further', () => {
    // Stem and head see one cell of 2 pixels further each, a block two.
    const size = { sees: 'frames' as const, height: 4, width: 40, channels: 1, actions: 0 };
    const model = build({ context: 1, patch: 2 }, size);
    const parameters = tensors(model);
    const context = input('frames', [1, 1, 1, 4, 40], 'f64');
    const { frame } = model.step(parameters, model.encode(parameters, { frames: context }));
    const plain = frames(1, 1, size);
    const touched = plain.with(0, plain[0] + 0.05);
    const [a, b] = [plain, touched].map(
      (given) => evaluate({ frame }, { ...values(model), frames: given }).frame,
    );
    const changed = [...a].flatMap((value, i) => (value === b[i] ? [] : [i % 40]));
    expect(Math.max(...changed)).toBe(9); // cells 0 to 4
  });

  test('imagined frames stay in [0, 1]', () => {
    const model = build({});
    const parameters = tensors(model);
    const context = input('frames', [1, 2, 3, 8, 12], 'f64');
    const { frame, state } = model.step(parameters, model.encode(parameters, { frames: context }));
    const large = Object.fromEntries(
      Object.entries(values(model)).map(([name, v]) => [name, v.map((x) => 20 * x)]),
    );
    const result = evaluate({ frame, ...state }, { ...large, frames: frames(1, 2) });
    expect(Math.min(...result.frame)).toBe(0);
    expect(Math.max(...result.frame)).toBe(1);
    expect(Math.max(...Object.values(result).flatMap((v) => [...v]))).toBe(1);
  });

  test('state and frame keep their shapes, whatever the configuration', () => {
    const small = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(small, small, small, fc.constantFrom(1, 2), (context, unroll, width, patch) => {
        const model = build({ context, unroll, width, patch });
        const parameters = tensors(model);
        const state = model.encode(parameters, { frames: clip(2, context) });
        const next = model.step(parameters, state);
        expect(model.contextFrames).toBe(context);
        expect(model.clipFrames).toBe(context + unroll);
        expect(next.frame.shape).toEqual([2, 3, 8, 12]);
        for (const [name, tensor] of Object.entries(state))
          expect(next.state[name].shape).toEqual(tensor.shape);
        expect(model.loss(parameters, { frames: clip(2, context + unroll) }, 'train').loss.shape).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  test('a patch that does not divide the frame is refused', () => {
    expect(() => build({ patch: 5 })).toThrow('patches of 5 do not divide frames of 12x8; set "patch"');
  });
});
