import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '@orrery/storage';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  assembleDataset,
  generateDataset,
  generatePiece,
  openFolder,
  type GenerateOptions,
} from './index.ts';
import { pieceShards } from './pieces.ts';
import { filesOf, folderChecksum, temporaryFolder, testSpec } from './test-dataset.ts';

// Worker threads and synced files take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
const freshFolder = () => join(root, String(count++));
const options = (folder: string, more: Partial<GenerateOptions> = {}) => ({
  ...{ spec: testSpec, size: 'tiny', seed: 3, folder, workers: 1, ...more },
});
const makePiece = (folder: string, index: number, of: number, more?: Partial<GenerateOptions>) =>
  generatePiece({ ...options(folder, more), piece: { index, of } });

test('every shard is in exactly one piece, and pieces differ by one shard at most', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.integer({ min: 1, max: 400 }), (shards, of) => {
      const pieces = Array.from({ length: of }, (_, index) => pieceShards(shards, { index, of }));
      expect(pieces.flat()).toEqual(Array.from({ length: shards }, (_, shard) => shard));
      const sizes = pieces.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
  expect(() => pieceShards(6, { index: 2, of: 2 })).toThrow(
    'piece 2 of 2: pieces are counted from 0; choose 0 to 1',
  );
});

describe('pieces', () => {
  let checksum: string;
  let pieces: string[];
  beforeAll(async () => {
    const whole = freshFolder();
    await generateDataset(options(whole, { workers: 7 }));
    checksum = folderChecksum(whole);
    pieces = Array.from({ length: 5 }, freshFolder);
    for (const [index, folder] of pieces.entries()) await makePiece(folder, index, 5);
  });

  test('five in folders of their own assemble to the bytes that seven workers made', async () => {
    await expect(openFolder(pieces[1]!)).rejects.toThrow('not finished');
    const before = pieces.map(folderChecksum);
    const out = freshFolder();
    const progress: number[] = [];
    const manifest = await assembleDataset({
      ...{ folders: pieces.toReversed(), out },
      onProgress: ({ done }) => progress.push(done),
    });
    expect(folderChecksum(out)).toBe(checksum);
    expect(manifest).toEqual((await openFolder(out)).manifest);
    expect(progress).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pieces.map(folderChecksum)).toEqual(before);
    expect(await assembleDataset({ folders: pieces, out })).toEqual(manifest);
  });

  test('also when assembling was stopped, and into one of the pieces', async () => {
    const out = freshFolder();
    const controller = new AbortController();
    const stopping = assembleDataset({
      ...{ folders: pieces, out, signal: controller.signal },
      onProgress: ({ done }) => done === 2 && controller.abort(new Error('enough')),
    });
    await expect(stopping).rejects.toThrow('enough');
    await expect(openFolder(out)).rejects.toThrow('not finished');
    await assembleDataset({ folders: pieces, out });
    expect(folderChecksum(out)).toBe(checksum);

    const first = freshFolder();
    cpSync(pieces[0]!, first, { recursive: true });
    await assembleDataset({ folders: [first, ...pieces.slice(1)], out: first });
    expect(folderChecksum(first)).toBe(checksum);
  });

  test('of different numbers share a folder at the same time; plain generation completes it', async () => {
    const folder = freshFolder();
    const made = await Promise.all([
      makePiece(folder, 0, 3),
      makePiece(folder, 1, 3),
      makePiece(folder, 3, 4),
    ]);
    expect(made.map(({ shards }) => shards)).toEqual([2, 2, 2]);
    expect(filesOf(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    const done: number[] = [];
    await generateDataset(options(folder, { onProgress: (progress) => done.push(progress.done) }));
    expect(done).toEqual([12]);
    expect(folderChecksum(folder)).toBe(checksum);
    // A piece of what is complete has nothing to do.
    expect(await makePiece(folder, 0, 3)).toEqual({ shards: 2, episodes: 4 });
    expect(folderChecksum(folder)).toBe(checksum);
  });

  test('are refused while another process works on the same', async () => {
    const folder = freshFolder();
    const unlock = await lockFolder(folder, { name: 'piece-0-of-2' });
    await expect(makePiece(folder, 0, 2)).rejects.toThrow(`process ${process.pid} is working in it`);
    await expect(generateDataset(options(folder))).rejects.toThrow(`process ${process.pid} is working in it`);
    await unlock();
    expect(filesOf(folder)).toEqual([]);
  });

  test('that are missing, doubled, damaged or of something else are named', async () => {
    const out = freshFolder();
    const assemble = (...folders: string[]) => assembleDataset({ folders, out });
    const [p0, p1, p2, p3, p4] = pieces as [string, string, string, string, string];
    await expect(assemble(p0, p1, p3, p4)).rejects.toThrow(
      'dataset "test": 1 of 6 shards (episodes 4 to 5) are in none of the 4 folders; make the missing pieces',
    );
    const double = freshFolder();
    cpSync(p2, double, { recursive: true });
    await expect(assemble(...pieces, double)).rejects.toThrow(
      `shard 2 (episodes 4 to 5) is in two pieces, "${p2}" and "${double}"; leave one of them out`,
    );
    await expect(assemble(p0, freshFolder())).rejects.toThrow('holds no piece of a dataset; make it with');
    await expect(assemble()).rejects.toThrow('no pieces are given');

    const other = freshFolder();
    await makePiece(other, 2, 5, { seed: 4 });
    await expect(assemble(p0, p1, other, p3, p4)).rejects.toThrow(
      `dataset "${other}": it has seed 4 instead of 3`,
    );

    const file = 'rgb/c/2/0/0/0/0';
    const content = readFileSync(join(double, file));
    content[100]! ^= 1;
    writeFileSync(join(double, file), content);
    await expect(assemble(p0, p1, double, p3, p4)).rejects.toThrow(
      `folder "${double}": ${file} (episodes 4 to 5) is damaged: its checksum is not that of its note; make the piece again`,
    );
    writeFileSync(join(double, file), content.subarray(1));
    await expect(assemble(p0, p1, double, p3, p4)).rejects.toThrow(
      `folder "${double}": shard 2 (episodes 4 to 5) is damaged: its files are not those that its note names`,
    );
    expect(existsSync(join(out, 'zarr.json'))).toBe(false);
  });
});
