import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { scratchFolder, smallDataset } from './convert.fixture.ts';
import { conversionBytes, convertToLeRobot, convertToNpz } from './index.ts';

vi.setConfig({ testTimeout: 30_000 });

const root = scratchFolder();
const bytesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);

test('what a conversion takes is known before, on the safe side', async () => {
  const folder = join(root, 'bounce');
  const dataset = await smallDataset(folder);
  await convertToNpz({ dataset, out: join(root, 'npz') }, { by: 'split' });
  await convertToLeRobot({ dataset, out: join(root, 'lerobot') }, { quantizer: 14 });
  for (const format of ['npz', 'lerobot'] as const) {
    const estimate = await conversionBytes(dataset, folder, format);
    expect(estimate / bytesOf(join(root, format))).toBeGreaterThan(0.9);
    expect(estimate / bytesOf(join(root, format))).toBeLessThan(4);
  }
});
