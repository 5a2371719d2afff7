/** Chosen episodes side by side, played at the speed at which they happened, as an MP4 file. */
import type { Dataset, Picture as PictureName } from '@orrery/dataset';
import { blank, paste, TEXT_HEIGHT, writeText, type Rgb } from '@orrery/media';
import { createVideo } from '@orrery/media/node';
import { splitOf } from './choose.ts';
import { episodeFrames } from './frames.ts';

export interface EpisodesVideoOptions {
  /** At most as many as fit: they are all in memory. */
  readonly episodes: readonly number[];
  readonly pictures: readonly PictureName[];
  /** Pixels of the video for one of the frame's along each axis; as many as give frames of 192 pixels unless given. */
  readonly scale?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAPER: Rgb = [20, 22, 26];
const INK: Rgb = [200, 200, 196];
const GAP = 6;
const even = (pixels: number) => pixels + (pixels % 2);

export async function episodesVideo(
  dataset: Dataset,
  options: EpisodesVideoOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { spec, dt } = dataset.manifest;
  const { episodes, pictures, scale = Math.max(1, Math.round(192 / spec.height)), signal } = options;
  const tiles = await Promise.all(
    episodes.flatMap((episode) =>
      pictures.map(async (name) => ({
        label: `#${episode} ${splitOf(dataset, episode)}${pictures.length > 1 ? ` ${name}` : ''}`,
        frames: await episodeFrames(dataset, episode, name),
      })),
    ),
  );
  // One kind of picture: as square as it can be; several: an episode a row.
  const across = pictures.length > 1 ? pictures.length : Math.ceil(Math.sqrt(tiles.length));
  const [tileWidth, tileHeight] = [spec.width * scale + GAP, spec.height * scale + TEXT_HEIGHT + 2 * GAP];
  const width = even(across * tileWidth + GAP);
  const height = even(Math.ceil(tiles.length / across) * tileHeight + GAP);
  const video = await createVideo({ width, height, rate: 1 / dt, quantizer: 26 });
  try {
    for (let t = 0; t < dataset.frames; t++) {
      signal?.throwIfAborted();
      const frame = blank(width, height, PAPER);
      tiles.forEach(({ label, frames }, i) => {
        const x = GAP + (i % across) * tileWidth;
        const y = GAP + Math.floor(i / across) * tileHeight;
        writeText(label, frame, x, y, INK);
        paste(frames[t]!, frame, x, y + TEXT_HEIGHT + GAP / 2, scale);
      });
      video.add(frame);
    }
  } catch (error) {
    video.discard();
    throw error;
  }
  return video.finish();
}
