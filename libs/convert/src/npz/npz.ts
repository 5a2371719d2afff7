/** A dataset as NPZ files: one a split, or one an episode, that `numpy.load` reads as they are. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arrayTable, hasFrames, type ArrayName, type Dataset } from '@orrery/dataset';
import { writeWholeFolder } from '@orrery/storage';
import type { ConvertOptions } from '../convert.ts';
import { npyHeader } from './npy.ts';
import { createZip } from './zip.ts';

export interface NpzOptions {
  /** What a file holds: arrays [E, T, ...] of all episodes of a split, or arrays [T, ...] of one episode. */
  readonly by: 'split' | 'episode';
}

/**
 * Writes `<split>.npz`, or `<split>/<episode>.npz`, and `dataset.json` with the manifest and the scenes' factors.
 * @throws where the folder is there already, a shard is damaged, or the disk fails; nothing is left behind then
 */
export async function convertToNpz(options: ConvertOptions, { by }: NpzOptions): Promise<void> {
  const { dataset, out, onProgress = () => {}, signal } = options;
  const { manifest, episodes } = dataset;
  await writeWholeFolder(out, async (folder) => {
    let done = 0;
    for (const [split, { start, count }] of Object.entries(manifest.splits)) {
      const whole = by === 'split';
      for (let first = start; first < start + count; first += whole ? count : 1) {
        const path = whole ? `${split}.npz` : `${split}-${String(first).padStart(6, '0')}.npz`;
        const range = [first, whole ? start + count : first + 1] as const;
        const zip = await createZip(join(folder, path));
        try {
          for (const name of dataset.arrays)
            await zip.add(`${name}.npy`, pieces(dataset, name, range, whole, signal));
        } catch (error) {
          await zip.close();
          throw error;
        }
        await zip.finish();
        done += range[1] - range[0];
        onProgress({ done, total: episodes });
      }
    }
    const records = await Promise.all(
      Array.from({ length: episodes }, async (_, episode) => {
        const { scene, camera: _camera, sha256: _sha256, ...place } = await dataset.readEpisode(episode);
        return { ...place, factors: scene.factors };
      }),
    );
    await writeFile(join(folder, 'dataset.json'), JSON.stringify({ ...manifest, records }, null, 1) + '\n');
  });
}

/** The .npy file of an array of episodes [first, end), an episode at a time. */
async function* pieces(
  dataset: Dataset,
  name: ArrayName,
  [first, end]: readonly [number, number],
  whole: boolean,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const [, ...rest] = await dataset.shape(name);
  yield npyHeader(arrayTable[name].dtype, whole ? [end - first, ...rest] : rest);
  const length = hasFrames(name) ? dataset.frames : 1;
  for (let episode = first; episode < end; episode++) {
    signal?.throwIfAborted();
    const { [name]: values } = await dataset.readClip({ episode, start: 0, length }, [name]);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
