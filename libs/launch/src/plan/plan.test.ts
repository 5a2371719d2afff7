import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBundle } from '@orrery/bundle';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { cost } from '@orrery/graph';
import { family } from '@orrery/models';
import { trainingSchema } from '@orrery/train';
import { describe, expect, test } from 'vitest';
import { catalogue, machineOf } from '../catalogue/catalogue.ts';
import { workload } from '../workload/workload.ts';
import { rooflineSvg } from './chart.ts';
import { demandOf, type Demand } from './demand.ts';
import { estimate, productEfficiency } from './estimate.ts';

const recipe = (name: string, config: object, batch: number) =>
  workload({
    family: name,
    config: family(name).config.parse(config),
    training: trainingSchema.parse({ batch }),
    world: { sees: 'frames', height: 64, width: 64, channels: 3, actions: 0 },
  });

describe('what a device must do', () => {
  const load = recipe('residual-conv', {}, 8);
  const demand = demandOf(load, 8, 'f32');

  test('FLOPs and bytes are those of the graph', () => {
    expect(demand.modelFlops).toBe(load.modelFlops);
    expect(demand.matrixFlops).toBe(cost(load.train).matrixFlops);
    expect(demand.unfusedBytes).toBe(cost(load.train).bytes);
    expect(demand.fusedBytes).toBeLessThan(demand.unfusedBytes);
    expect(demand.frames).toBe(8 * load.model.clipFrames);
  });

  test('a tile of one by one rounds nothing up, larger ones do', () => {
    expect(demand.tiledFlops({ m: 1, k: 1, n: 1 })).toBe(demand.matrixFlops);
    expect(demand.tiledFlops({ m: 128, k: 128, n: 1 })).toBeGreaterThan(demand.matrixFlops);
  });

  test('the state is what the optimizer keeps, in f32, whatever products compute in', () => {
    const learned = Object.values(load.model.parameters).reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(demand.gradientBytes).toBe(4 * learned);
    expect(demand.stateBytes).toBeGreaterThanOrEqual(2 * demand.gradientBytes);
    expect(demandOf(load, 8, 'bf16').stateBytes).toBe(demand.stateBytes);
  });

  test('twice the clips are twice the products and the same state', () => {
    const twice = demandOf(recipe('residual-conv', {}, 16), 16, 'f32');
    expect(twice.modelFlops).toBe(2 * demand.modelFlops);
    expect(twice.stateBytes).toBe(demand.stateBytes);
    expect(twice.frames).toBe(2 * demand.frames);
  });
});

test('a bundle says the same of its memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-plan-'));
  try {
    const spec = datasetSpecSchema.parse({
      ...{ name: 'small', scene: 'bounce', frames: 4, episodes: { train: 3, test: 1 } },
      ...{ width: 16, height: 16, pictures: ['rgb'] },
    });
    const data = join(folder, 'data');
    await generateDataset({ spec, size: 'tiny', seed: 4, folder: data, workers: 1 });
    const own = { family: 'residual-conv', config: { width: 8, blocks: 1 } };
    const training = { batch: 2, steps: 2, warmup: 1, validationClips: 1 };
    const dataset = await openFolder(data);
    const request = { ...own, training, dataset, datasetPath: data, revision: 'test' };
    const { flops } = await writeBundle({ ...request, out: join(folder, 'bundle') });
    const load = workload({
      family: own.family,
      config: family(own.family).config.parse(own.config),
      training: trainingSchema.parse(training),
      world: { sees: 'frames', height: 16, width: 16, channels: 3, actions: 0 },
    });
    const { peakBytes, stateBytes } = demandOf(load, 2, 'f32');
    expect(flops.memory).toMatchObject({ peak: peakBytes, state: stateBytes });
    // State in and out have one place: the first time it was counted twice.
    expect(flops.memory.peak).toBeLessThan(2 * stateBytes + flops.memory.activations);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

/** One product of 8192^3 in bf16 and nothing else, its factors and result in memory once. */
const product: Demand = {
  ...{ precision: 'bf16', modelFlops: 2 * 8192 ** 3, matrixFlops: 2 * 8192 ** 3 },
  tiledFlops: () => 2 * 8192 ** 3,
  ...{ unfusedBytes: 3 * 2 * 8192 ** 2, fusedBytes: 3 * 2 * 8192 ** 2 },
  ...{ stateBytes: 1e9, peakBytes: 2e9, gradientBytes: 1e9, frames: 10 },
};

describe('a roofline', () => {
  test('one product on an H200 takes what it was measured to take', () => {
    const single = catalogue({ instances: { one: { chip: 'h200', chips: 1, prices: [] } } });
    const { step, mfu, tflops, peak } = estimate(product, machineOf('one', single), { nodes: 1 });
    // 788 TFLOP/s, of 989.
    expect(step[0]).toBeCloseTo((2 * 8192 ** 3) / 788e12, 4);
    expect(tflops[0]).toBeCloseTo(788, -1);
    expect(mfu[0]).toBeCloseTo(productEfficiency, 6);
    expect(peak.id).toBe('h200.bf16.dense');
    // At worst its memory traffic, 403 MB at 4.8 TB/s, waits.
    expect(step[1] - step[0]).toBeCloseTo((3 * 2 * 8192 ** 2) / 4.8e12, 7);
  });

  test('f32 on a GPU is what its f32 units reach; its tensor cores have TF32', () => {
    const [f32, tf32] = (['f32', 'tf32'] as const).map((precision) =>
      estimate({ ...product, precision }, machineOf('p5en.48xlarge'), { nodes: 1 }),
    );
    expect([f32.peak.id, tf32.peak.id]).toEqual(['h200.f32.dense', 'h200.tf32.dense']);
    expect(f32.parts.products[0]).toBeGreaterThan(7 * tf32.parts.products[0]);
    expect(() =>
      estimate({ ...product, precision: 'tf32' }, machineOf('trn2.48xlarge'), { nodes: 1 }),
    ).toThrow('target "trn2.48xlarge": no peak of tf32 is in the catalogue; NVIDIA’s tensor cores alone');
  });

  test('utilisation is of the peak that is named; time is not', () => {
    const machine = machineOf('trn3-gen1');
    const published = estimate(product, machine, { nodes: 1 });
    const clock = estimate(product, machine, { nodes: 1, peak: 'trn3.bf16.clock' });
    const mx = estimate(product, machine, { nodes: 1, peak: 'trn3.mxfp8.published' });
    expect([clock.step, mx.step]).toEqual([published.step, published.step]);
    expect(clock.mfu[0] / published.mfu[0]).toBeCloseTo(671 / 629, 6);
    expect(published.mfu[0] / mx.mfu[0]).toBeCloseTo(2517 / 671, 6);
    expect(() => estimate(product, machine, { nodes: 1, peak: 'trn3' })).toThrow(
      'peak "trn3": trn3-gen1 has none of that name; known: trn3.bf16.published, trn3.bf16.clock',
    );
  });

  test('two cores as one: half the devices, each twice as fast', () => {
    const machine = machineOf('trn2.48xlarge');
    const [one, two] = [1, 2].map((logicalCores) => estimate(product, machine, { nodes: 1, logicalCores }));
    expect([one.devices, two.devices]).toEqual([128, 64]);
    expect(one.parts.products[0] / two.parts.products[0]).toBeCloseTo(2, 6);
  });

  test('gradients go round a ring: 2 (n - 1) / n of their bytes each way, inside and between machines', () => {
    const machine = machineOf('p5.48xlarge');
    const alone = estimate(product, machine, { nodes: 1 }).parts.collectives[0];
    const four = estimate(product, machine, { nodes: 4 }).parts.collectives[0];
    // NVLink of an H100: 18 links of 25 GB/s each way, which its data sheet adds up to 900.
    expect(alone).toBeCloseTo(((2 * 7) / 8) * (1e9 / (18 * 25e9)), 9);
    expect(four - alone).toBeCloseTo(((2 * 3) / 4) * (1e9 / (3200e9 / 8)), 9);
  });

  test('cores of one chip add up through its memory, and no link takes part', () => {
    const one = machineOf('trn2.3xlarge');
    expect(estimate(product, one, { nodes: 1, logicalCores: 2 }).parts.collectives[0]).toBeCloseTo(
      ((2 * 3) / 4) * (1e9 / (2900e9 / 4)),
      9,
    );
    const sixteen = estimate(product, machineOf('trn2.48xlarge'), { nodes: 1 }).parts.collectives[0];
    const links = sixteen - estimate(product, one, { nodes: 1 }).parts.collectives[0];
    expect(links).toBeCloseTo(((2 * 15) / 16) * (1e9 / 640e9), 9);
    // A single device has nobody to add up with.
    expect(estimate(product, machineOf('g5.xlarge'), { nodes: 1 }).parts.collectives[0]).toBe(0);
  });

  test('links that the catalogue does not know are named', () => {
    const of = (name: string, nodes: number) => estimate(product, machineOf(name), { nodes }).uncounted;
    expect(of('p5.48xlarge', 4)).toEqual([]);
    expect(of('g5.xlarge', 1)).toEqual([]);
    expect(of('g5.48xlarge', 1)).toEqual(['links between chips']);
    expect(of('g5.48xlarge', 4)).toEqual(['links between chips', 'network between machines']);
  });

  test('what fits, what fits when its state is divided, and what does not', () => {
    const machine = machineOf('trn2.48xlarge');
    const fits = (stateBytes: number, peakBytes: number) =>
      estimate({ ...product, stateBytes, peakBytes }, machine, { nodes: 1 }).memory.fits;
    const GIB = 2 ** 30;
    // 24 GiB a logical core, of which a tenth stays free.
    expect(fits(8 * GIB, 21 * GIB)).toBe('yes');
    expect(fits(16 * GIB, 30 * GIB)).toBe('with fsdp');
    expect(fits(1 * GIB, 30 * GIB)).toBe('no');
  });

  test('what a device needs when its state is cut over others', () => {
    const GIB = 2 ** 30;
    const large = { ...product, stateBytes: 16 * GIB, peakBytes: 30 * GIB };
    const over = (stateShards: number) =>
      estimate(large, machineOf('trn2.48xlarge'), { nodes: 1, stateShards }).memory;
    expect(over(4)).toMatchObject({ needed: 18 * GIB, fits: 'yes' });
    expect(over(2)).toMatchObject({ needed: 22 * GIB, fits: 'with fsdp' });
  });

  test('time, money and energy to a number of frames', () => {
    const { goal, devices, step } = estimate(product, machineOf('p5.48xlarge'), { nodes: 2, frames: 1e6 });
    const steps = Math.ceil(1e6 / (10 * devices));
    expect(goal!.time[0]).toBeCloseTo(steps * step[0], 9);
    const hours = (goal!.time[0] / 3600) * 2;
    expect(goal!.cost![0]).toBeCloseTo(hours * 39.33, 9);
    expect(goal!.energy![0]).toBeCloseTo((hours * 8 * 700) / 1000, 9);
    expect(estimate(product, machineOf('trn3-gen2'), { nodes: 2, frames: 1e6 }).goal!.cost).toBeUndefined();
    expect(goal!.prices).toHaveLength(2);
  });

  test('it is as sure as the least sure figure that it rests on', () => {
    expect(estimate(product, machineOf('trn2.48xlarge'), { nodes: 1 }).confidence).toBe('published');
    expect(estimate(product, machineOf('p5.48xlarge'), { nodes: 1 }).confidence).toBe('assumed');
  });
});

test('the chart has a line a chip and says what it shows', () => {
  const rows = ['trn2.48xlarge', 'trn2u.48xlarge', 'p5.48xlarge'].map((name) => {
    const machine = machineOf(name);
    return { machine, estimate: estimate(product, machine, { nodes: 1 }) };
  });
  const svg = rooflineSvg('one product', product, rows);
  expect(svg).toMatch(/^<svg /);
  expect(svg.match(/>trainium2</g)).toHaveLength(1);
  for (const text of ['one product', 'h100', 'nothing fused', 'all fused', 'TFLOP/s'])
    expect(svg).toContain(text);
});
