import { evaluate, gradient, input, size, type Tensor } from '@orrery/graph';
import { initialise } from '@orrery/nn';
import { describe, expect, test } from 'vitest';
import { diffusionForcing, diffusionForcingConfig, type DiffusionForcingConfig } from '../index.ts';
import type { FrameModel as Model } from '../family.ts';
import computed from './reference.json' with { type: 'json' };

// JSON has arrays of any length.
const reference = computed as unknown as {
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly loss: number;
  readonly rmse: number;
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly imagined: readonly number[];
};

const world = { sees: 'frames' as const, height: 8, width: 12, channels: 1, actions: 2 };
const build = (config: Partial<DiffusionForcingConfig> = {}, size = world) =>
  diffusionForcing.build(
    diffusionForcingConfig.parse({
      ...{ context: 2, frames: 4, patch: 4, width: 16, blocks: 2, heads: 2, expansion: 2, condition: 8 },
      ...{ samplingSteps: 2, ...config },
    }),
    size,
  );

/** The values of reference.py. */
const wave = (shape: readonly number[], k: number, scale = 1) =>
  Float64Array.from({ length: size(shape) }, (_, i) => scale * Math.sin(1 + 2.399963 * i + 7.1 * k));
const inputsOf = (
  specs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  lead: number[] = [],
) =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, input(name, [...lead, ...shape], 'f64')]),
  );
const weights = (model: Model, scale = 0.3) =>
  Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }], k) => [name, wave(shape, k, scale)]),
  );

const frames = wave([2, 4, 1, 8, 12], 100, 0.4).map((value) => 0.5 + value);
const clip = {
  frames: input('frames', [2, 4, 1, 8, 12], 'f64'),
  actions: input('actions', [2, 4, 2], 'f64'),
};
const clipFeeds = {
  frames,
  actions: wave([2, 4, 2], 103),
  level: wave([2, 4], 101, 0.45).map((value) => 0.5 + value),
  noise: wave([2, 4, 6, 16], 102, 1.4),
};

/** Frames [B, steps, C, H, W] that a model imagines after the first two of `context`, and the shapes of its states. */
function imagine(model: Model, feeds: Record<string, Float64Array>, steps: number, led: Float64Array) {
  const parameters = inputsOf(model.parameters);
  const numbers = led.length / 2 / (steps + 1);
  const given = (t: number) =>
    Float64Array.from(
      [0, 1].flatMap((b) => [
        ...led.slice((b * (steps + 1) + t) * numbers, (b * (steps + 1) + t + 1) * numbers),
      ]),
    );
  const context = {
    frames: input('context', [2, 2, 1, 8, 12], 'f64'),
    actions: input('acted', [2, 2, 2], 'f64'),
  };
  let state = model.encode(parameters, context);
  const first = Object.entries(state).map(([name, { shape }]) => [name, shape]);
  const predicted: Tensor[] = [];
  const drawn: Record<string, Float64Array> = {};
  for (let k = 0; k < steps; k++) {
    const [action, noise] = [input(`action${k}`, [2, 2], 'f64'), input(`noise${k}`, [2, 6, 16], 'f64')];
    drawn[`action${k}`] = given(k + 1);
    drawn[`noise${k}`] = wave([2, 6, 16], 110 + k, 1.4);
    const next = model.step(parameters, state, action, { noise });
    expect(Object.entries(next.state).map(([name, { shape }]) => [name, shape])).toEqual(first);
    predicted.push(next.frame);
    state = next.state;
  }
  const size = 8 * 12;
  const acted = Float64Array.from([0, 1].flatMap((b) => [...given(0).slice(2 * b, 2 * b + 2), 0, 0]));
  const seen = Float64Array.from([0, 1].flatMap((b) => [...frames.slice(4 * b * size, (4 * b + 2) * size)]));
  const results = evaluate(predicted, { ...feeds, ...drawn, acted, context: seen });
  return [0, 1].flatMap((b) => results.flatMap((frame) => [...frame.slice(b * size, (b + 1) * size)]));
}

describe('diffusion forcing', () => {
  const model = build();

  test('its parameters are those of the reference', () => {
    expect(
      Object.fromEntries(Object.entries(model.parameters).map(([name, { shape }]) => [name, shape])),
    ).toEqual(reference.shapes);
  });

  test('loss and gradients are what PyTorch computes', () => {
    const parameters = inputsOf(model.parameters);
    const noise = inputsOf(model.noise!.loss!, [2]);
    const { loss, metrics } = model.loss(parameters, clip, 'train', noise);
    const feeds = { ...weights(model), ...clipFeeds };
    const [value, rmse, ...slopes] = evaluate(
      [loss, metrics.rmse, ...gradient(loss, Object.values(parameters))],
      feeds,
    );
    expect(value[0]).toBeCloseTo(reference.loss, 9);
    expect(rmse[0]).toBeCloseTo(reference.rmse, 9);
    Object.keys(parameters).forEach((name, i) =>
      expect(Math.hypot(...slopes[i]) / reference.gradientNorms[name]).toBeCloseTo(1, 7),
    );
  });

  test('with its keys and values kept, it imagines what PyTorch does from the whole sequence', () => {
    const imagined = imagine(model, weights(model), 4, wave([2, 5, 2], 104));
    imagined.forEach((value, i) => expect(Math.abs(value - reference.imagined[i])).toBeLessThan(1e-8));
    // Cut at black and white, but not everywhere.
    expect(imagined.filter((value) => value > 0 && value < 1).length).toBeGreaterThan(300);
  });

  test('each action leads to the frame after it, the last of a clip to none', () => {
    const parameters = inputsOf(model.parameters);
    const { loss } = model.loss(parameters, clip, 'train', inputsOf(model.noise!.loss!, [2]));
    const [slopes] = evaluate(gradient(loss, [clip.actions]), { ...weights(model), ...clipFeeds });
    const touched = Array.from({ length: 8 }, (_, i) => slopes[2 * i] !== 0);
    expect(touched).toEqual([true, true, true, false, true, true, true, false]);
  });

  test('an untrained model takes the last frame for the next', () => {
    const { parameters } = model;
    const start = Object.fromEntries(
      Object.entries(initialise(parameters, [0, 0])).map(([name, values]) => [
        name,
        Float64Array.from(values),
      ]),
    );
    const imagined = imagine(model, start, 1, new Float64Array(8));
    const last = [0, 1].flatMap((b) => [...frames.slice((4 * b + 1) * 96, (4 * b + 2) * 96)]);
    // Of a pixel of variance 1/4 that changes by 1/100 a frame, seen at level 0.05.
    const precision = 1 / ((0.05 / 0.95) ** 2 + 0.01);
    const shrunk = precision / (precision + 4);
    imagined.forEach((value, i) =>
      expect(Math.abs(2 * value - 1 - shrunk * (2 * last[i] - 1))).toBeLessThan(0.03),
    );
  });

  test.each<[Partial<DiffusionForcingConfig>, string]>([
    [{ patch: 5 }, 'patches of 5 do not divide frames of 12x8; set "patch"'],
    [{ heads: 8 }, '8 heads of 2 features cannot turn by rows and columns; set "width"'],
    [{ context: 4 }, 'clips of 4 frames with 4 of context; set "frames"'],
  ])('%o is refused', (config, problem) => {
    expect(() => build(config)).toThrow(problem);
  });
});
