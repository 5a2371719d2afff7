import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FetchStore } from 'zarrita';
import {
  hasFrames,
  httpStore,
  openDataset,
  openUrl,
  readArray,
  type ArrayName,
  type Dataset,
  type Manifest,
} from '../index.ts';
import { folderStore, generateDataset, openFolder } from './index.ts';
import { filesOf, temporaryFolder, testArrays, testSpec } from './test-dataset.ts';

// Worker threads and synced files take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

const made = join(root, 'made');
let manifest: Manifest;
let dataset: Dataset;
beforeAll(async () => {
  manifest = await generateDataset({ spec: testSpec, size: 'tiny', seed: 1, folder: made, workers: 2 });
  dataset = await openFolder(made);
});

let count = 0;
function copy(): string {
  const folder = join(root, String(count++));
  cpSync(made, folder, { recursive: true });
  return folder;
}

describe('reading clips', () => {
  const anyClip = fc
    .record({ episode: fc.nat(11), start: fc.nat(12), length: fc.integer({ min: 1, max: 13 }) })
    .map(({ episode, start, length }) => ({ episode, start, length: Math.min(length, 13 - start) }));

  test('gives the frames asked for, of any array, whatever is in the cache', async () => {
    const store = folderStore(made);
    const whole = new Map(
      await Promise.all(testArrays.map(async (name) => [name, await readArray(store, name)] as const)),
    );
    for (const cacheBytes of [0, 3000, 1e6]) {
      const opened = await openFolder(made, { cacheBytes });
      const anyArrays = fc.subarray<ArrayName>(testArrays, { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(anyClip, anyArrays, async (clip, names) => {
          const values = await opened.readClip(clip, names);
          expect(Object.keys(values)).toEqual(names);
          for (const name of names) {
            const { data, shape } = whole.get(name)!;
            const episode = data.subarray(
              (clip.episode * data.length) / 12,
              ((clip.episode + 1) * data.length) / 12,
            );
            const frame = episode.length / 13;
            const [start, end] = hasFrames(name) ? [clip.start, clip.start + clip.length] : [0, 13];
            expect(values[name]).toEqual(episode.slice(start * frame, end * frame));
            expect(await opened.shape(name)).toEqual(shape);
          }
        }),
        { seed: 2, numRuns: 60 },
      );
    }
  });

  test('a clip never shares memory with the cache', async () => {
    const clip = { episode: 0, start: 0, length: 8 };
    const first = await dataset.readClip(clip, ['rgb']);
    first.rgb.fill(1);
    expect((await dataset.readClip(clip, ['rgb'])).rgb).not.toEqual(first.rgb);
  });

  test('goes into the part of a batch that it is given', async () => {
    const batch = new Float32Array(2 * 5 * 7 * 3);
    for (const [i, episode] of [4, 11].entries())
      await dataset.readClip({ episode, start: 2, length: 5 }, ['position'], {
        position: batch.subarray(i * 105, (i + 1) * 105),
      });
    const { position } = await dataset.readClip({ episode: 11, start: 2, length: 5 }, ['position']);
    expect(batch.subarray(105)).toEqual(position);
    await expect(
      dataset.readClip({ episode: 0, start: 0, length: 5 }, ['position'], { position: batch }),
    ).rejects.toThrow('clip of 5 frames: 210 elements given for "position", which needs 105');
  });

  test('a clip outside the dataset is refused', async () => {
    const read = (episode: number, start: number, length: number) =>
      dataset.readClip({ episode, start, length }, ['rgb']);
    for (const episode of [-1, 12, 0.5, NaN])
      await expect(read(episode, 0, 1)).rejects.toThrow(`episode ${episode}: "${made}" has episodes 0 to 11`);
    for (const [start, length] of [
      [-1, 2],
      [0, 0],
      [0, 14],
      [13, 1],
      [0.5, 1],
      [0, NaN],
    ] as const)
      await expect(read(0, start, length)).rejects.toThrow(
        `clip of ${length} frames from frame ${start}: episodes of "${made}" have frames 0 to 12; choose a clip inside`,
      );
    await expect(dataset.readClip({ episode: 0, start: 0, length: 1 }, ['flow' as never])).rejects.toThrow(
      'no array "flow"; it has rgb, depth',
    );
    await expect(dataset.readScene(12)).rejects.toThrow('episode 12: ');
  });
});

describe('what cannot be opened', () => {
  test('is explained in one line', async () => {
    const missing = join(root, 'missing');
    await expect(openFolder(missing)).rejects.toThrow(
      `dataset "${missing}": not found; make it with "orrery generate", or check the path`,
    );
    await expect(openFolder(join(made, 'zarr.json'))).rejects.toThrow('a file, not a folder; check the path');
    const folder = copy();
    const group = JSON.parse(readFileSync(join(folder, 'zarr.json'), 'utf8'));
    const withAttributes = (attributes: object) => {
      writeFileSync(join(folder, 'zarr.json'), JSON.stringify({ ...group, attributes }));
      return openFolder(folder);
    };
    await expect(withAttributes({ format: 'orrery.rollouts', version: 1 })).rejects.toThrow(
      'is not that of an Orrery dataset (format "orrery.rollouts"); choose another folder',
    );
    await expect(withAttributes({})).rejects.toThrow('(format missing)');
    await expect(withAttributes({ ...manifest, version: 1 })).rejects.toThrow(
      'format version 1, this program knows version 2; delete the folder and run "orrery generate"',
    );
    await expect(withAttributes({ ...manifest, version: 3 })).rejects.toThrow(
      'format version 3, this program knows version 2; update the program',
    );
    await expect(withAttributes({ ...manifest, dt: 0 })).rejects.toThrow('manifest field "dt": ');
    writeFileSync(join(folder, 'zarr.json'), '{"zarr_format": 3, ');
    await expect(openFolder(folder)).rejects.toThrow('zarr.json is damaged; delete the folder and run');
  });

  test('missing and damaged shards are named with their episodes and the remedy', async () => {
    const clip = { episode: 11, start: 0, length: 1 };
    const folder = copy();
    const opened = await openFolder(folder);
    const file = join(folder, 'rgb/c/5/0/0/0/0');
    const remedy = 'delete it and run "orrery generate test --size tiny --seed 1"';
    const where = `dataset "${folder}": shard 5 of "rgb" (episodes 10 to 11)`;
    truncateSync(file, 200);
    await expect(opened.readClip(clip, ['rgb'])).rejects.toThrow(
      `${where} is cut short or damaged (its index); ${remedy}`,
    );
    rmSync(file);
    await expect(opened.readClip(clip, ['rgb'])).rejects.toThrow(`${where} is missing; ${remedy}`);
    expect((await opened.readClip({ ...clip, episode: 9 }, ['rgb'])).rgb).toHaveLength(960);
    rmSync(join(folder, 'depth/zarr.json'));
    await expect(opened.readClip(clip, ['depth'])).rejects.toThrow(
      `dataset "${folder}": array "depth": not found; ${remedy}`,
    );
    truncateSync(join(folder, 'episodes.jsonl'), 100);
    await expect(opened.readScene(3)).rejects.toThrow(
      'line 4 of episodes.jsonl is missing or damaged; delete it',
    );
  });
});

describe('over HTTP, without anything of Node', () => {
  let server: Server;
  let url: string;
  const ranges: string[] = [];
  let withRanges = true;
  beforeAll(async () => {
    const files = new Map(filesOf(made).map((name) => [`/${name}`, readFileSync(join(made, name))]));
    server = createServer((request, response) => {
      if (request.url!.startsWith('/broken')) return response.writeHead(500).end();
      const content = files.get(request.url!);
      if (content === undefined) return response.writeHead(404).end();
      const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec((withRanges && request.headers.range) || '') ?? [];
      if (from === undefined)
        return response.writeHead(200, { 'content-length': content.length }).end(content);
      ranges.push(`${request.url} ${request.headers.range}`);
      const start = from === '' ? content.length - Number(to) : Number(from);
      response
        .writeHead(206)
        .end(content.subarray(start, from === '' || to === '' ? undefined : Number(to) + 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  test.each([
    ['our store', () => httpStore(url)],
    ["zarrita's", () => new FetchStore(url, { useSuffixRequest: true })],
  ])('datasets and arrays read through %s as they do from a folder', async (_, store) => {
    const remote = await openDataset(store());
    expect(remote.manifest).toEqual(manifest);
    const clip = { episode: 5, start: 3, length: 9 };
    const names = ['rgb', 'velocity', 'contact', 'mass'] as const;
    ranges.length = 0;
    expect(await remote.readClip(clip, names)).toEqual(await dataset.readClip(clip, names));
    // One request for the index of the shard, one for the bytes of the clip.
    expect(ranges.filter((range) => range.startsWith('/rgb/'))).toEqual([
      expect.stringMatching(/^\/rgb\/c\/2\/0\/0\/0\/0 bytes=-\d+$/),
      expect.stringMatching(/^\/rgb\/c\/2\/0\/0\/0\/0 bytes=\d+-\d+$/),
    ]);
    expect(ranges).toHaveLength(2 * names.length);
    expect(await remote.readScene(2)).toEqual(await dataset.readScene(2));
    expect(await readArray(store(), 'segmentation')).toEqual(
      await readArray(folderStore(made), 'segmentation'),
    );
  });

  test('servers without ranges serve, too; what is not there and who does not answer is named', async () => {
    withRanges = false;
    const remote = await openUrl(url);
    const clip = { episode: 5, start: 3, length: 9 };
    expect(await remote.readClip(clip, ['rgb'])).toEqual(await dataset.readClip(clip, ['rgb']));
    withRanges = true;
    await expect(openUrl(`${url}nothing/`)).rejects.toThrow(
      `dataset "${url}nothing/": not found, or not finished`,
    );
    await expect(openUrl('http://127.0.0.1:9/data')).rejects.toThrow(
      'http://127.0.0.1:9/data/zarr.json: cannot be fetched; check the address and the server',
    );
    await expect(openUrl(`${url}broken`)).rejects.toThrow('broken/zarr.json: the server answered 500');
  });
});
