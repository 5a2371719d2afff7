import { expect, test } from 'vitest';
import { hostRates } from './host-rates.ts';

test('rates are of the widths and sizes that were asked for, in units that a CPU can have', async () => {
  const { products, nodes } = await hostRates({ threads: 1, widths: [32, 128], lengths: [256, 2 ** 18] });
  expect(products.map(([width]) => width)).toEqual([32, 128]);
  for (const [, rate] of products) {
    expect(rate).toBeGreaterThan(5e7);
    expect(rate).toBeLessThan(5e12);
  }
  expect(nodes.map(([bytes]) => bytes)).toEqual([12 * 256, 12 * 2 ** 18]);
  const [[, short], [bytes, long]] = nodes as [[number, number], [number, number]];
  expect(short).toBeLessThan(long);
  expect(bytes / long).toBeGreaterThan(1e8);
  expect(bytes / long).toBeLessThan(2e12);
});
