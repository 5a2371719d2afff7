/** Whether a dataset will fit on the disk, known before work starts. */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { simulate } from '@orrery/physics';
import { createRenderer } from '@orrery/render';
import { arrayLayout, arrayNames, arrayTable, chunkFrames } from '../arrays.ts';
import { asBytes, bytesPerElement } from '../zarr/dtype.ts';
import { atEpisode, episodeSource } from './draw.ts';
import { gzip, repeatDistances } from './gzip.ts';
import type { GenerationPlan } from './plan.ts';
import { episodeBuffers, recordEpisode } from './record.ts';

/** Pictures compress differently from episode to episode: this much more than the first one needs is asked for. */
const MARGIN = 1.2;

/**
 * Estimates the bytes on disk of an episode: the first frames of the first episode are made and compressed.
 * @throws where that episode cannot be simulated or drawn
 */
export function estimateEpisodeBytes(plan: GenerationPlan): number {
  const { spec, seed } = plan.identity;
  const { scene, controller } = episodeSource(plan.identity).draw(0);
  const frames = chunkFrames(spec.frames);
  const extent = { ...plan.extent, frame: frames };
  const episode = episodeBuffers(extent);
  try {
    recordEpisode(scene, simulate(scene, frames, controller()), createRenderer(scene, spec), extent, episode);
  } catch (error) {
    throw atEpisode(error, spec, seed, 0);
  }
  let bytes = 2 * JSON.stringify(scene).length; // in its shard's note, and in episodes.jsonl
  for (const name of arrayNames(extent)) {
    const { axes } = arrayTable[name];
    const { codec, chunk, dtype } = arrayLayout(name, extent);
    const content = asBytes(episode[name]!);
    const size =
      codec === 'gzip'
        ? gzip(content, repeatDistances(chunk, bytesPerElement(dtype))).length
        : content.length;
    bytes += axes[1] === 'frame' ? (size * spec.frames) / frames : size;
  }
  return Math.ceil(MARGIN * bytes);
}

/**
 * @param needed bytes that will be written into `folder`, which need not exist
 * @throws where the disk has less free space, with both figures
 */
export async function checkSpace(folder: string, needed: number): Promise<void> {
  let place = resolve(folder);
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const disk = await statfs(place).catch(() => undefined);
  // Some network disks do not say how large they are.
  if (disk === undefined || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (needed <= free) return;
  throw new Error(
    `folder "${folder}": the dataset needs about ${formatBytes(needed)} and ${formatBytes(free)} are free; free some space, choose a folder on another disk, or make fewer episodes`,
  );
}

/** "1.5 GB" */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
