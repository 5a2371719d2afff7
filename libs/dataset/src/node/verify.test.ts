import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
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

const problemsOf = async (place = folder, workers = 1) => {
  const { problems } = await verifyDataset(place, { workers });
  return problems.map(({ file, episode, problem }) =>
    [episode === undefined ? '' : `episode ${episode}: `, `${file} ${problem}`].join(''),
  );
};

test.each([1, 2])('a dataset as it was generated has no problems, with %i workers', async (workers) => {
  const progress: number[] = [];
  const { problems } = await verifyDataset(folder, {
    workers,
    onProgress: ({ done }) => progress.push(done),
  });
  expect(problems).toEqual([]);
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('a flipped bit anywhere in any shard, its index included, is reported with episode and array', async () => {
  const shards = filesOf(folder).filter((name) => /^[a-z_]+\/c\//.test(name));
  const anyFlip = fc.record({
    file: fc.constantFrom(...shards),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    bit: fc.nat(7),
    /** Bytes from the end: the index lies there. */
    fromEnd: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(anyFlip, async ({ file, at, bit, fromEnd }) => {
      const [array, , shard] = file.split('/');
      const size = readFileSync(join(folder, file)).length;
      const byte = fromEnd ? size - 1 - Math.floor(at * Math.min(size, 40)) : Math.floor(at * size);
      await withContent(
        file,
        (content) => ((content[byte]! ^= 1 << bit), content),
        async () => {
          const { problems } = await verifyDataset(folder, { workers: 1 });
          expect(problems.length).toBeGreaterThan(0);
          for (const problem of problems) {
            expect(problem).toMatchObject({ file, array });
            expect([2 * Number(shard), 2 * Number(shard) + 1]).toContain(problem.episode);
            expect(problem.problem).toMatch(/^is damaged|^is cut short or damaged \(its index\)/);
          }
        },
      );
    }),
    {
      seed: 7,
      numRuns: 60,
      examples: shards
        .filter((name) => name.split('/')[2] === '2')
        .map((file) => [{ file, at: 0, bit: 4, fromEnd: true }]),
    },
  );
});

test('a flipped bit anywhere in the other files is reported with the file', async () => {
  const others = filesOf(folder).filter((name) => !/^[a-z_]+\/c\//.test(name));
  expect(others).toEqual(
    ['episodes.jsonl', 'zarr.json', ...testArrays.map((name) => `${name}/zarr.json`)].sort(),
  );
  const anyFlip = fc.record({
    file: fc.oneof(fc.constantFrom('episodes.jsonl', 'zarr.json'), fc.constantFrom(...others)),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    bit: fc.nat(7),
  });
  await fc.assert(
    fc.asyncProperty(anyFlip, async ({ file, at, bit }) => {
      await withContent(
        file,
        (content) => ((content[Math.floor(at * content.length)]! ^= 1 << bit), content),
        async () => {
          // What is no manifest any more cannot be verified, and is named as damaged.
          const found = await problemsOf().catch((error: Error) => [error.message]);
          expect(found.length).toBeGreaterThan(0);
          const named =
            found.some((line) => line.includes(file)) || found[0]!.startsWith(`dataset "${folder}": `);
          expect(named, found[0]).toBe(true);
        },
      );
    }),
    { seed: 8, numRuns: 60 },
  );
});

test('missing shards, those of other episodes in their place, and files that do not belong there', async () => {
  const spare = join(root, 'spare');
  cpSync(folder, spare, { recursive: true });
  rmSync(join(spare, 'energy/c/1'), { recursive: true });
  cpSync(join(spare, 'rgb/c/0'), join(spare, 'rgb/c/3'), { recursive: true });
  cpSync(join(spare, 'mass/c/0'), join(spare, 'mass/c/6'), { recursive: true });
  rmSync(join(spare, 'depth/zarr.json'));
  writeFileSync(join(spare, 'notes.txt'), '');
  expect(await problemsOf(spare, 2)).toEqual([
    'depth/zarr.json is missing',
    'episode 2: energy/c/1/0 is missing',
    'episode 3: energy/c/1/0 is missing',
    'episode 6: rgb/c/3/0/0/0/0 does not hold what episodes.jsonl has the checksum of',
    'episode 7: rgb/c/3/0/0/0/0 does not hold what episodes.jsonl has the checksum of',
    'mass/c/6/0 is no part of the dataset',
    'notes.txt is no part of the dataset',
  ]);
});

test('a changed scene, a lost line, and checksums changed together with the content', async () => {
  const lines = (change: (lines: string[]) => string[]) => (content: Buffer) =>
    change(content.toString().split('\n')).join('\n');
  const changed = 'episodes.jsonl is not as it was written';
  await withContent(
    'episodes.jsonl',
    lines((l) => l.with(7, l[7]!.replace('"mass":', '"mass":1'))),
    async () => {
      expect(await problemsOf()).toEqual([
        changed,
        'episode 7: episodes.jsonl has another scene than it has the checksum of',
      ]);
    },
  );
  await withContent(
    'episodes.jsonl',
    lines((l) => l.toSpliced(11, 1)),
    async () => {
      expect(await problemsOf()).toEqual([
        changed,
        'episode 11: episodes.jsonl lacks its line, or the line is damaged',
      ]);
    },
  );
  const manifest = (from: RegExp) => (content: Buffer) =>
    content.toString().replace(from, `$1${'0'.repeat(64)}`);
  const disagrees = 'zarr.json does not agree with the checksums in it';
  await withContent('zarr.json', manifest(/("depth": ")[0-9a-f]{64}/), async () => {
    expect(await problemsOf()).toEqual([
      disagrees,
      'episodes.jsonl has other checksums of "depth" than the manifest',
    ]);
  });
  await withContent('zarr.json', manifest(/("dataset": ")[0-9a-f]{64}/), async () => {
    expect(await problemsOf()).toEqual([disagrees]);
  });
  await withContent(
    'zarr.json',
    (content) => content.toString().replace('"velocity": "m/s"', '"velocity": "km/s"'),
    async () => {
      expect(await problemsOf()).toEqual([disagrees]);
    },
  );
  expect(await problemsOf()).toEqual([]);
});
