import { describe, expect, test } from 'vitest';
import { catalogue, machineOf } from './catalogue.ts';

const { chips, instances } = catalogue();

describe('the catalogue', () => {
  test('every chip has a bf16 and an f32 peak, and peaks are named once a chip', () => {
    for (const [name, { peaks }] of Object.entries(chips)) {
      expect([name, peaks.map(({ dtype }) => dtype)]).toEqual([
        name,
        expect.arrayContaining(['bf16', 'f32']) as string[],
      ]);
      expect(new Set(peaks.map(({ id }) => id)).size).toBe(peaks.length);
      for (const { id, dtype } of peaks) expect(id.split('.')[1]).toBe(dtype);
    }
  });

  test('what clocks give, and the published peaks beside it', () => {
    // 128 x 128 multiply-adds a cycle, 2.4 GHz, 8 cores: the systolic array of NeuronCore v3 and v4.
    const clock = (128 * 128 * 2 * 2.4e9 * 8) / 1e12;
    for (const name of ['trainium2', 'trainium3']) {
      const found = chips[name].peaks.find(({ id }) => id.endsWith('bf16.clock'))!;
      expect(found.tflops.value).toBeCloseTo(clock, 0);
    }
    expect(chips['trainium3'].peaks.find(({ dtype }) => dtype === 'mxfp8')!.tflops.value).toBeCloseTo(
      4 * clock,
      0,
    );
  });

  test('sums that the documentation gives for whole machines', () => {
    const total = (name: string, dtype: string) => {
      const { instance, chip } = machineOf(name);
      return (
        instance.chips *
        chip.peaks.find((peak) => peak.dtype === dtype && peak.id.endsWith('published'))!.tflops.value
      );
    };
    expect(total('trn2.48xlarge', 'bf16') / 1e3).toBeCloseTo(10.7, 1);
    expect(total('trn2.48xlarge', 'fp8') / 1e3).toBeCloseTo(20.8, 1);
    expect((4 * total('trn3-gen1', 'bf16')) / 1e3).toBeCloseTo(42.9, 1);
    expect((4 * total('trn3-gen1', 'mxfp8')) / 1e3).toBeCloseTo(161, 0);
    expect((36 * total('trn3-gen2', 'bf16')) / 1e3).toBeCloseTo(96.6, 1);
    expect((36 * total('trn3-gen2', 'mxfp8')) / 1e3).toBeCloseTo(362, 0);
    expect(machineOf('trn2.48xlarge').instance.chips * machineOf('trn2.48xlarge').chip.memory.value).toBe(
      1536,
    );
  });

  test('every price says when and where it was seen; no Trn3 has one', () => {
    for (const [name, { prices, chip }] of Object.entries(instances)) {
      for (const price of prices)
        expect([name, price.source.length > 3, price.value > 0]).toEqual([name, true, true]);
      if (chip === 'trainium3') expect(prices).toEqual([]);
    }
  });
});

describe('overrides', () => {
  const mine = { value: 40, confidence: 'published', source: 'my contract', date: '2026-11' } as const;

  test('a price of one’s own replaces ours; the rest stays', () => {
    const own = catalogue({ instances: { 'trn2.48xlarge': { prices: [{ ...mine, terms: 'contract' }] } } });
    expect(own.instances['trn2.48xlarge'].prices.map(({ value }) => value)).toEqual([40]);
    expect(own.instances['trn2.48xlarge'].chips).toBe(16);
    expect(own.instances['p5.48xlarge']).toEqual(instances['p5.48xlarge']);
  });

  test('a new machine wants every field, and a known chip', () => {
    expect(() => catalogue({ instances: { mine: { chips: 2 } } })).toThrow(
      /instances\.mine\.chip.*every field/,
    );
    expect(() => catalogue({ instances: { mine: { chip: 'h300', chips: 2, prices: [] } } })).toThrow(
      'instance "mine" has chip "h300", which is not in it',
    );
    const own = catalogue({ instances: { mine: { chip: 'h200', chips: 2, prices: [] } } });
    expect(machineOf('mine', own).chip.memory.value).toBe(141);
  });

  test('an unknown target is refused', () => {
    expect(() => machineOf('trn3.48xlarge')).toThrow(
      'target "trn3.48xlarge": no such machine; known: trn1.2xlarge',
    );
  });
});
