/** Generation that is killed twenty times, at random instants, ends with the bytes of one that was left alone. */
import { fork } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key, uniform } from '@orrery/random';
import { afterAll, expect, test } from 'vitest';
import { generateDataset, verifyDataset } from './index.ts';
import { folderChecksum, temporaryFolder, testSpec } from './test-dataset.ts';

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

const KILLS = 20;
const spec = {
  ...testSpec,
  frames: 40,
  width: 64,
  height: 64,
  episodes: { ...testSpec.episodes, train: 189 },
};
const options = { spec, size: 'small', seed: 3 };

/** Makes the dataset in a process of its own, which is killed `after` ms behind its first sign of progress. */
function generateUntil(folder: string, after: number): Promise<NodeJS.Signals | null> {
  const script = join(root, 'generate.mjs');
  writeFileSync(
    script,
    `import { generateDataset } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
    await generateDataset({ ...JSON.parse(process.argv[2]), onProgress: (p) => process.send(p) });
    process.disconnect();`,
  );
  const child = fork(script, [JSON.stringify({ ...options, folder, workers: 2 })], { execArgv: [] });
  child.once('message', () => setTimeout(() => child.kill('SIGKILL'), after));
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
}

test(`killed ${KILLS} times at random, generation continues to the same bytes`, async () => {
  const whole = join(root, 'whole');
  const started = performance.now();
  await generateDataset({ ...options, folder: whole, workers: 1 });
  const time = performance.now() - started;

  const folder = join(root, 'killed');
  let kills = 0;
  for (const share of uniform(key(11), KILLS, 0, 1)) {
    // Short enough that work is left for the kills to come; every few times the instant is that of a start.
    if ((await generateUntil(folder, (share * time) / KILLS)) === 'SIGKILL') kills++;
  }
  expect(kills).toBe(KILLS);
  expect(existsSync(join(folder, 'zarr.json'))).toBe(false);
  await generateDataset({ ...options, folder, workers: 7 });
  expect(folderChecksum(folder)).toBe(folderChecksum(whole));
  expect((await verifyDataset(folder)).problems).toEqual([]);
});
