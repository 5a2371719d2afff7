import { expect, test } from 'vitest';
import { bestGemm } from './best-gemm.ts';
import { runtimeInfo } from './runtime-info.ts';

test('the best rate is the best of the sizes', async () => {
  const rate = await bestGemm({ threads: 1, seconds: 0, sizes: [128, 256] });
  expect(Object.keys(rate.bySize).map(Number)).toEqual([128, 256]);
  expect(rate.gflops).toBe(Math.max(...Object.values(rate.bySize)));
  expect(rate.bySize[rate.size]).toBe(rate.gflops);
  expect(rate.threads).toBe(1);
  expect(rate.sustained).toBeGreaterThan(0);
  expect(rate.sustained).toBeLessThanOrEqual(rate.gflops);
  // A rate that no CPU's core reaches, or none falls below, would be a mistake of units.
  expect(rate.gflops).toBeGreaterThan(0.05);
  expect(rate.gflops).toBeLessThan(5000);
});

test('the runtime names its version and the CPU', async () => {
  const { version, providers } = await runtimeInfo();
  expect(version).toBe('1.30.0');
  expect(providers).toContain('cpu');
});
