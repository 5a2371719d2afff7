/** Random clips from a dataset on disk, as training reads them. */
import { openFolder } from '@orrery/dataset/node';
import { key, randomIntegers } from '@orrery/random';

export const CLIP_FRAMES = 16;
const CLIPS = 800;

/** @returns frames of clips that one core reads in a second: RGB, poses and velocities, decoded and checked */
export async function measureClips(folder: string): Promise<number> {
  const dataset = await openFolder(folder);
  const episodes = randomIntegers(key(1), 2 * CLIPS, 0, dataset.episodes);
  const starts = randomIntegers(key(2), 2 * CLIPS, 0, dataset.frames - CLIP_FRAMES + 1);
  const read = async (from: number) => {
    for (let i = from; i < from + CLIPS; i++)
      await dataset.readClip({ episode: episodes[i]!, start: starts[i]!, length: CLIP_FRAMES }, [
        ...(['rgb', 'position', 'quaternion', 'velocity', 'angular_velocity'] as const),
      ]);
  };
  await read(0);
  // CPU time counts threads that decompress, too.
  const before = process.cpuUsage();
  const start = performance.now();
  await read(CLIPS);
  const { user, system } = process.cpuUsage(before);
  return (CLIPS * CLIP_FRAMES) / Math.max((user + system) / 1e6, (performance.now() - start) / 1000);
}
