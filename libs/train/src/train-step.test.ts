/** A model with running statistics: what training carries from step to step, and what validation uses. */
import { evaluate, mean, reshape, size, square, sub, take, type Tensor } from '@orrery/graph';
import { residualConv, type FrameModel, type World } from '@orrery/models';
import { adam, batchNorm, collect, linear } from '@orrery/nn';
import { key } from '@orrery/random';
import { describe, expect, test } from 'vitest';
import { movingSquares } from './moving-squares.fixture.ts';
import { planTraining } from './plan.ts';
import { trainStep, validationStep } from './train-step.ts';
import { initialState, stateGroups, usedParameters } from './training-state.ts';

const world: World = { sees: 'frames', height: 1, width: 1, channels: 3, actions: 0 };
const BATCH = 4;
const norm = batchNorm('norm', { features: 3, momentum: 0.25, axis: -1 });
const head = linear('head', { inputs: 3, outputs: 3 });

/** The next pixel from the one before, normalised. */
function modelWith(statisticsOf: (statistics: Record<string, Tensor>) => Record<string, Tensor>): FrameModel {
  return {
    contextFrames: 1,
    clipFrames: 2,
    parameters: collect(norm, head),
    loss(parameters, { frames }, purpose) {
      const [before, after] = [0, 1].map((t) => reshape(take(frames, t, 1), [BATCH, 3]));
      const { y, statistics } =
        purpose === 'train'
          ? norm.train(parameters, before)
          : { y: norm(parameters, before), statistics: undefined };
      const loss = mean(square(sub(head(parameters, y), after)));
      return { loss, metrics: {}, statistics: statistics && statisticsOf({ ...statistics }) };
    },
    encode: (_parameters, { frames }) => ({ frames }),
    step: () => {
      throw new Error('not imagined here');
    },
  };
}

const model = modelWith((statistics) => statistics);
const optimizer = adam();
const decay = 0.5;
const options = { world, optimizer, batch: BATCH, clip: 1, averageDecay: decay };
const clips = Uint8Array.from({ length: BATCH * 2 * 3 }, (_, i) => (i * 83) % 256);

const start = () =>
  Object.fromEntries(
    Object.entries(initialState(model.parameters, optimizer, decay, key(1))).map(([name, { data }]) => [
      name,
      data as Float32Array,
    ]),
  );

describe('running statistics in a training', () => {
  const step = trainStep({ model, ...options });
  const feeds = { clips, learningRate: [0.1], step: [1] };
  const next = evaluate(step.outputs, { ...start(), ...feeds });

  test('optimizers remember nothing of them', () => {
    expect(stateGroups(model.parameters, optimizer, decay)).toEqual({
      parameters: ['norm.scale', 'norm.bias', 'norm.mean', 'norm.variance', 'head.kernel', 'head.bias'],
      moment1: ['norm.scale', 'norm.bias', 'head.kernel', 'head.bias'],
      moment2: ['norm.scale', 'norm.bias', 'head.kernel', 'head.bias'],
      average: ['norm.scale', 'norm.bias', 'norm.mean', 'norm.variance', 'head.kernel', 'head.bias'],
    });
    expect(
      Object.keys(next)
        .filter((name) => name.includes('/'))
        .sort(),
    ).toEqual(Object.keys(start()).sort());
  });

  test('they move towards those of the batch, in the average too, and not along a gradient', () => {
    for (let channel = 0; channel < 3; channel++) {
      const values = Array.from({ length: BATCH }, (_, b) => clips[b * 6 + channel] / 255);
      const centre = values.reduce((sum, value) => sum + value, 0) / BATCH;
      const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (BATCH - 1);
      for (const group of ['parameters', 'average']) {
        expect(next[`${group}/norm.mean`][channel]).toBeCloseTo(0.25 * centre, 5);
        expect(next[`${group}/norm.variance`][channel]).toBeCloseTo(0.75 + 0.25 * variance, 5);
      }
    }
  });

  test('what is learned moves', () => {
    for (const name of ['norm.scale', 'head.kernel']) {
      expect([...next[`parameters/${name}`]]).not.toEqual([...start()[`parameters/${name}`]]);
    }
  });

  test('validation normalises by them', () => {
    const { outputs } = validationStep({ model, world, batch: BATCH });
    const parameters = Object.entries(usedParameters(next)).map(([name, data]) => [
      `parameters/${name}`,
      data,
    ]);
    const feeds = Object.fromEntries(parameters) as Record<string, Float32Array>;
    const [loss] = evaluate([outputs.loss], { clips, ...feeds });
    let sum = 0;
    for (let b = 0; b < BATCH; b++) {
      const unit = [0, 1, 2].map((c) => {
        const spread = Math.sqrt(feeds['parameters/norm.variance'][c] + 1e-5);
        const centred = (clips[b * 6 + c] / 255 - feeds['parameters/norm.mean'][c]) / spread;
        return centred * feeds['parameters/norm.scale'][c] + feeds['parameters/norm.bias'][c];
      });
      for (let o = 0; o < 3; o++) {
        const y = unit.reduce(
          (total, value, i) => total + value * feeds['parameters/head.kernel'][3 * i + o],
          feeds['parameters/head.bias'][o],
        );
        sum += (y - clips[b * 6 + 3 + o] / 255) ** 2;
      }
    }
    expect(loss[0]).toBeCloseTo(sum / (3 * BATCH), 5);
  });

  test('a loss that forgets one, or gives what is learned, is refused', () => {
    const forgetful = modelWith(({ 'norm.mean': kept }) => ({ 'norm.mean': kept }));
    expect(() => trainStep({ model: forgetful, ...options })).toThrow(
      'parameter "norm.variance": the loss gives nothing as its next value and it is [3]; hand on what the layer\'s "train" returns',
    );
    const bold = modelWith((statistics) => ({ ...statistics, 'norm.scale': statistics['norm.mean'] }));
    expect(() => trainStep({ model: bold, ...options })).toThrow(
      'parameter "norm.scale": the loss gives [3] as its next value and it is no statistic',
    );
  });

  test('the first state has the sizes of the parameters', () => {
    for (const [name, data] of Object.entries(start())) {
      expect(data.length).toBe(size(model.parameters[name.slice(name.indexOf('/') + 1)].shape));
    }
  });
});

test('a family says what of the settings suits it, and who trains it has the last word', async () => {
  const family = { ...residualConv, training: { batch: 3, steps: 40, clip: 0.5 } };
  const { training } = await planTraining({ family, dataset: movingSquares, training: { steps: 50 } });
  expect(training).toMatchObject({ batch: 3, steps: 50, clip: 0.5, optimizer: 'muon' });
});
