import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { key, randomIntegers } from '@orrery/random';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { generateDataset, verifyDataset } from './index.ts';
import { filesOf, temporaryFolder, testArrays, testSpec } from './test-dataset.ts';

// Worker threads and synced files take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

const folder = join(root, 'made');
beforeAll(async () => {
  await generateDataset({ spec: testSpec, size: 'tiny', seed: 0, folder, workers: 2 });
});

/** Runs `check` with another content in a file of the dataset. */
async function withContent(
  name: string,
  change: (content: Buffer) => Buffer | string,
  check: () => Promise<void>,
) {
  const content = readFileSync(join(folder, name));
  writeFileSync(join(folder, name), change(Buffer.from(content)));
  await check();
  writeFileSync(join(folder, name), content);
}

test('a dataset as it was generated has no problems', async () => {
  const progress: number[] = [];
  const { problems } = await verifyDataset(folder, { onProgress: ({ done }) => progress.push(done) });
  expect(problems).toEqual([]);
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test.each(testArrays)(
  'a flipped bit anywhere in a shard of %s is reported with the episode',
  async (array) => {
    const file = filesOf(folder).find((name) => name.startsWith(`${array}/c/2/`))!;
    const size = readFileSync(join(folder, file)).length;
    for (const byte of [0, size - 1, ...randomIntegers(key(5), 3, 0, size)])
      await withContent(
        file,
        (content) => ((content[byte]! ^= 16), content),
        async () => {
          const { problems } = await verifyDataset(folder);
          expect(problems.length, `byte ${byte}`).toBeGreaterThan(0);
          for (const problem of problems) {
            expect(problem.array).toBe(array);
            expect([4, 5]).toContain(problem.episode);
            expect(problem.problem).toMatch(
              /^its shard is damaged|^its shard is cut short or damaged \(its index\)/,
            );
          }
        },
      );
  },
);

test('a missing shard, and one of another episode in its place', async () => {
  const spare = join(root, 'spare');
  cpSync(folder, spare, { recursive: true });
  rmSync(join(spare, 'energy/c/1'), { recursive: true });
  cpSync(join(spare, 'rgb/c/0'), join(spare, 'rgb/c/3'), { recursive: true });
  const { problems } = await verifyDataset(spare);
  expect(problems.map(({ array, episode, problem }) => `${episode} ${array}: ${problem}`)).toEqual([
    '2 energy: its shard is missing',
    '3 energy: its shard is missing',
    '6 rgb: its checksum is not the one in episodes.jsonl',
    '7 rgb: its checksum is not the one in episodes.jsonl',
  ]);
});

test('a changed scene, a lost line, and checksums changed together with the content', async () => {
  const lines = (change: (lines: string[]) => string[]) => (content: Buffer) =>
    change(content.toString().split('\n')).join('\n');
  await withContent(
    'episodes.jsonl',
    lines((l) => l.with(7, l[7]!.replace('"mass":', '"mass":1'))),
    async () => {
      expect((await verifyDataset(folder)).problems).toEqual([
        { array: 'scene', episode: 7, problem: 'its checksum is not the one in episodes.jsonl' },
      ]);
    },
  );
  await withContent(
    'episodes.jsonl',
    lines((l) => l.toSpliced(11, 1)),
    async () => {
      expect((await verifyDataset(folder)).problems).toEqual([
        { array: 'scene', episode: 11, problem: 'its line in episodes.jsonl is missing or damaged' },
      ]);
    },
  );
  const manifest = (from: RegExp) => (content: Buffer) =>
    content.toString().replace(from, `$1${'0'.repeat(64)}`);
  await withContent('zarr.json', manifest(/("depth": ")[0-9a-f]{64}/), async () => {
    expect((await verifyDataset(folder)).problems.map(({ array }) => array)).toEqual(['depth', 'dataset']);
  });
  await withContent('zarr.json', manifest(/("dataset": ")[0-9a-f]{64}/), async () => {
    expect((await verifyDataset(folder)).problems).toEqual([
      { array: 'dataset', episode: undefined, problem: 'the checksums in the manifest do not agree' },
    ]);
  });
});
