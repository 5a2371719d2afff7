/** The trained models beside the datasets: whole, small, and of the families as they are now. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createImagination, loadCheckpoint } from '@orrery/train';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folders = globSync('datasets/*/models/*/run.json', { cwd: root }).map(dirname);

describe.each(folders)('%s', (folder) => {
  const path = join(root, folder);

  test('is a run of its family on its dataset, in less than 4 MB, that says how it was made', async () => {
    const { run, parameters } = await loadCheckpoint(path);
    expect([run.family, run.dataset.name]).toEqual([basename(folder), folder.split('/')[1]]);
    const [weights] = globSync('checkpoints/*.safetensors', { cwd: path });
    expect(statSync(join(path, weights!)).size).toBeLessThan(4e6);
    expect(Object.values(parameters).every((values) => values.every(Number.isFinite))).toBe(true);
    const told = readFileSync(join(path, 'README.md'), 'utf8');
    expect(told).toContain(`orrery train ${run.dataset.name} --family ${run.family}`);
    for (const name of ['steps', 'warmup', 'average'] as const)
      expect(told).toContain(`training.${name}=${run.training[name]}`);
  });

  test('a grey picture stays a picture: no frame runs away', { timeout: 60_000 }, async () => {
    const trained = await loadCheckpoint(path);
    const { height, width, channels } = trained.run.world;
    const imagination = createImagination(trained, { threads: 1 });
    const context = new Uint8Array(imagination.contextFrames * height * width * channels).fill(128);
    const frames = await imagination.rollout(context, 1, 3);
    await imagination.close();
    expect(frames).toHaveLength(3 * height * width * channels);
    const mean = frames.reduce((sum, value) => sum + value, 0) / frames.length;
    expect(mean).toBeGreaterThan(20);
    expect(mean).toBeLessThan(235);
  });
});
