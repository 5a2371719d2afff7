import { log, mean, square, sub, type Tensor } from '@orrery/graph';
import { adam, linear, schedule, sgd, type Parameters } from '@orrery/nn';
import { key } from '@orrery/random';
import { describe, expect, test, vi } from 'vitest';
import { fit, type FitOptions } from './fit.ts';
import { openMeanLoss } from './mean-loss.ts';
import { batchAt, samplesOf } from './samples.ts';

vi.setConfig({ testTimeout: 60_000 });

// A line through noisy points: the best one is known in closed form.
const COUNT = 60;
const x = Float32Array.from({ length: COUNT }, (_, i) => i / COUNT - 0.5);
const y = x.map((value, i) => 3 * value - 0.5 + 0.2 * Math.sin(7 * i));
const line = linear('line', { inputs: 1, outputs: 1 });
const points = (from: number, to: number) =>
  samplesOf({
    x: { shape: [to - from, 1], data: x.slice(from, to) },
    y: { shape: [to - from, 1], data: y.slice(from, to) },
  });
const squaredError = (parameters: Parameters, batch: Readonly<Record<string, Tensor>>) =>
  mean(square(sub(line(parameters, batch.x), batch.y)));

const options = (changes: Partial<FitOptions> = {}): FitOptions => ({
  ...{ parameters: line.parameters, loss: squaredError, training: points(0, COUNT) },
  ...{ optimizer: adam(), learningRate: schedule('cosine', { peak: 0.1, steps: 300 }), steps: 300 },
  ...{ batch: 20, order: 'all', key: key(3), threads: 1 },
  ...changes,
});

describe('fit', () => {
  test('finds the least squares line', async () => {
    const { parameters, losses, steps, best, flops } = await fit(options());
    const average = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b) / COUNT;
    const [mx, my] = [average(x), average(y)];
    const slope =
      average(x.map((value, i) => (value - mx) * (y[i] - my))) / average(x.map((value) => (value - mx) ** 2));
    expect(parameters['line.kernel'][0]).toBeCloseTo(slope, 3);
    expect(parameters['line.bias'][0]).toBeCloseTo(my - slope * mx, 3);
    expect(losses.at(-1)!.loss).toBeCloseTo(average(x.map((v, i) => (my + slope * (v - mx) - y[i]) ** 2)), 5);
    expect([steps, best]).toEqual([300, 300]);
    // Forward 60 products and the kernel's slope 60 more, two FLOPs each.
    expect(flops).toBe(300 * (120 + 120));
  });

  test('one plain gradient step is the one that is computed by hand', async () => {
    const first = await fit(options({ optimizer: sgd(), learningRate: () => 0, steps: 1 }));
    const moved = await fit(options({ optimizer: sgd(), learningRate: () => 0.5, steps: 1 }));
    const [w, b] = [first.parameters['line.kernel'][0], first.parameters['line.bias'][0]];
    const errors = x.map((value, i) => w * value + b - y[i]);
    const slopeOfBias = (2 * errors.reduce((a, e) => a + e)) / COUNT;
    const slopeOfKernel = (2 * errors.reduce((a, e, i) => a + e * x[i], 0)) / COUNT;
    expect(moved.parameters['line.bias'][0]).toBeCloseTo(b - 0.5 * slopeOfBias, 5);
    expect(moved.parameters['line.kernel'][0]).toBeCloseTo(w - 0.5 * slopeOfKernel, 5);
  });

  test('the same key gives the same weights, however many updates a call holds', async () => {
    const minibatches = { order: 'epochs', steps: 30 } as const;
    const one = await fit(options({ ...minibatches, stepsPerCall: 30 }));
    const other = await fit(options({ ...minibatches, stepsPerCall: 7 }));
    expect(other.parameters).toEqual(one.parameters);
    expect((await fit(options({ ...minibatches, key: key(4) }))).parameters).not.toEqual(one.parameters);
  });

  test('an average of the weights is the one that is computed from those of each update', async () => {
    const each = [];
    for (const steps of [0, 1, 2, 3]) each.push((await fit(options({ steps }))).parameters['line.bias'][0]);
    const { parameters, last } = await fit(options({ steps: 3, average: 0.3 }));
    // As libs/nn has it: the decay grows to its value as (1 + t) / (10 + t).
    const wanted = each.reduce(
      (mean, value, t) => mean + (1 - Math.min(0.3, (1 + t) / (10 + t))) * (value - mean),
    );
    expect(parameters['line.bias'][0]).toBeCloseTo(wanted, 6);
    expect(last['line.bias'][0]).toBe(each[3]);
  });

  test('begins where another ended, if asked to', async () => {
    const plain = (changes: Partial<FitOptions>) =>
      fit(options({ optimizer: sgd(), learningRate: () => 0.1, ...changes }));
    const whole = await plain({ steps: 8 });
    const half = await plain({ steps: 5 });
    const rest = await plain({ steps: 3, start: half.last, key: key(99) });
    expect(rest.last).toEqual(whole.last);
    const wrong = { ...half.last, 'line.bias': new Float32Array(2) };
    await expect(plain({ steps: 1, start: wrong })).rejects.toThrow('2 values of "line.bias" [1]');
  });

  test('validation chooses the weights, and measures what the mean loss is', async () => {
    // A rate at which plain descent grows without end: the best weights come before the last.
    const learningRate = (step: number) => (step <= 40 ? 0.3 : 1.2);
    const validation = points(0, 13);
    const result = await fit(
      options({ optimizer: sgd(), validation, validateEvery: 20, learningRate, steps: 80 }),
    );
    expect(result.validations.map(({ step }) => step)).toEqual([20, 40, 60, 80]);
    const lowest = result.validations.toSorted((a, b) => a.loss - b.loss)[0];
    expect(lowest.step).toBeLessThan(80);
    expect(result.best).toBe(lowest.step);
    const judge = openMeanLoss({ ...options(), samples: validation, batch: 5 });
    expect(await judge.measure(result.parameters)).toBeCloseTo(lowest.loss, 6);
    await judge.close();
    const [w, b] = [result.parameters['line.kernel'][0], result.parameters['line.bias'][0]];
    const byHand = x.slice(0, 13).reduce((sum, v, i) => sum + (w * v + b - y[i]) ** 2 / 13, 0);
    expect(lowest.loss).toBeCloseTo(byHand, 5);
  });

  test('ends with its budget, at a signal, and where the loss is no number', async () => {
    const spent = await fit(options({ budget: 0, validation: points(0, 5) }));
    expect(spent.steps).toBe(0);
    await expect(fit(options({ signal: AbortSignal.abort(new Error('stop')) }))).rejects.toThrow('stop');
    const broken = options({ loss: (parameters, batch) => log(sub(-1, squaredError(parameters, batch))) });
    await expect(fit(broken)).rejects.toThrow('the loss is NaN');
  });
});

describe('batches', () => {
  test('epochs hold each sample once before any comes again, and any step can be asked for', () => {
    const at = batchAt('epochs', 10, 4, key(0));
    const drawn = [0, 1, 2, 3, 4].flatMap((step) => [...at(step)]);
    for (const epoch of [drawn.slice(0, 10), drawn.slice(10)])
      expect(epoch.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...batchAt('epochs', 10, 4, key(0))(3)]).toEqual(drawn.slice(12, 16));
  });

  test('draws are subsets, each sample in as many as any other', () => {
    const at = batchAt('draws', 10, 4, key(1));
    const counts = new Float64Array(10);
    for (let step = 0; step < 5000; step++) {
      const drawn = at(step);
      expect(new Set(drawn).size).toBe(4);
      for (const index of drawn) counts[index]++;
    }
    // Binomial: 2000 with a standard deviation of 35.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(150);
  });

  test('arrays that do not fit each other are refused', () => {
    const two = { shape: [2, 1], data: new Float32Array(2) };
    expect(() => samplesOf({ a: two, b: { shape: [3, 1], data: new Float32Array(3) } })).toThrow(
      '"b": 3 of them',
    );
    expect(() => samplesOf({ a: { ...two, shape: [2, 2] } })).toThrow('2 values for [2, 2]; give 4');
    expect(() => batchAt('draws', 3, 4, key(0))).toThrow('batches of 4 do not fit into 3 samples');
  });
});
