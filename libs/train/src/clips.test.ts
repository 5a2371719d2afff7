import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { key } from '@orrery/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchReader, readerHere } from './batches.ts';
import { clipOrder, readClips, splitTraining, type TrainingData } from './clips.ts';
import { movingSquares, squares } from './moving-squares.fixture.ts';
import { readerInWorker } from './worker-reader.ts';

const order = (seed: number) => clipOrder(movingSquares, { start: 2, count: 3 }, 3, key(seed));
const all = (seed: number, from: number, count: number) => {
  const clips = order(seed);
  return Array.from({ length: count }, (_, i) => clips.at(from + i));
};

describe('the order of clips', () => {
  test('each epoch holds each clip once', () => {
    const { length } = order(0); // 3 episodes of 6 frames have 4 clips of 3 frames each
    expect(length).toBe(12);
    for (const epoch of [0, 1, 5]) {
      const seen = new Set(all(3, epoch * length, length).map(({ episode, start }) => `${episode}/${start}`));
      const expected = [2, 3, 4].flatMap((episode) => [0, 1, 2, 3].map((start) => `${episode}/${start}`));
      expect(seen).toEqual(new Set(expected));
    }
  });

  test('epochs and seeds differ, the same seed does not', () => {
    expect(all(0, 0, 12)).not.toEqual(all(0, 12, 12));
    expect(all(0, 0, 12)).not.toEqual(all(1, 0, 12));
    expect(all(0, 0, 24)).toEqual(all(0, 0, 24));
  });

  test('a position can be reached from anywhere', () => {
    const sequence = all(7, 0, 60);
    fc.assert(
      fc.property(fc.nat(59), (position) => {
        expect(order(7).at(position)).toEqual(sequence[position]);
      }),
    );
  });

  test('episodes that are too short are named', () => {
    expect(() => clipOrder(movingSquares, { start: 0, count: 1 }, 7, key(0))).toThrow(
      'dataset "squares": episodes of 6 frames are shorter than clips of 7',
    );
  });
});

describe('the split', () => {
  test('holds out the last training episodes', () => {
    expect(splitTraining(movingSquares, 1 / 16)).toEqual({
      train: { start: 0, count: 30 },
      validation: { start: 30, count: 2 },
    });
  });
  test('holds out at least one unless none is wanted', () => {
    expect(splitTraining(movingSquares, 0.01).validation.count).toBe(1);
    expect(splitTraining(movingSquares, 0).validation.count).toBe(0);
  });
  test('needs something to train on', () => {
    const manifest = { ...movingSquares.manifest, splits: { train: { start: 0, count: 1 } } };
    expect(() => splitTraining({ manifest }, 0.5)).toThrow('1 training episodes, 1 of them for validation');
  });
});

describe('reading', () => {
  test('clips lie behind each other', async () => {
    const { clips: frames } = await readClips(
      movingSquares,
      [
        { episode: 1, start: 2 },
        { episode: 4, start: 0 },
      ],
      2,
    );
    expect([...frames]).toEqual([...squares(1, 2, 2), ...squares(4, 0, 2)]);
  });

  test('what was read ahead is what would have been read', async () => {
    let reads = 0;
    const counted: TrainingData = {
      ...movingSquares,
      readClip: (...given) => {
        reads++;
        return movingSquares.readClip(...given);
      },
    };
    const [ahead, plain] = [counted, movingSquares].map((data) => batchReader(readerHere(data, 2), order(0)));
    ahead.prefetch(5, 4);
    expect(await ahead.read(5, 4)).toEqual(await plain.read(5, 4));
    expect(reads).toBe(4);
    // Another place than was read ahead for.
    ahead.prefetch(9, 4);
    expect(await ahead.read(10, 4)).toEqual(await plain.read(10, 4));
  });

  test(
    'a thread of its own reads the same clips, and its errors arrive here',
    { timeout: 120_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'orrery-clips-'));
      const spec = datasetSpecSchema.parse({
        ...{ name: 'tiny', scene: 'push', frames: 6, episodes: { train: 3, test: 1 }, width: 16, height: 16 },
      });
      await generateDataset({ spec, size: 'tiny', seed: 0, folder, workers: 1 });
      const places = [
        { episode: 2, start: 3 },
        { episode: 0, start: 0 },
      ];
      const worker = readerInWorker({ path: folder, clipFrames: 3, sees: 'frames' });
      const [clips, again] = await Promise.all([worker.read(places), worker.read(places)]);
      const dataset = await openFolder(folder);
      expect(clips).toEqual(await readClips(dataset, places, 3));
      // Two numbers an action; the last of a clip leads out of it.
      const { action } = await dataset.readClip({ ...places[0], length: 2 }, ['action']);
      expect(clips.actions).toHaveLength(2 * 3 * 2);
      expect([...clips.actions!.slice(0, 6)]).toEqual([...action, 0, 0]);
      expect(action.every((value) => value !== 0)).toBe(true);
      expect(again).toEqual(clips);
      await expect(worker.read([{ episode: 9, start: 0 }])).rejects.toThrow('episode 9');
      await worker.close();
      await expect(worker.read(places)).rejects.toThrow('the thread that reads clips has ended');
      const nowhere = readerInWorker({ path: join(folder, 'none'), clipFrames: 3, sees: 'frames' });
      await expect(nowhere.read(places)).rejects.toThrow(`${join(folder, 'none')}`);
      await nowhere.close();
    },
  );

  test('an error of reading ahead arrives where the clips are asked for', async () => {
    const broken = { ...movingSquares, readClip: () => Promise.reject(new Error('shard 3 is damaged')) };
    const reader = batchReader(readerHere(broken, 2), order(0));
    reader.prefetch(0, 1);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(reader.read(0, 1)).rejects.toThrow('shard 3 is damaged');
  });
});
