/** A contact sheet: a row for each episode and kind of picture, a column for each of a few frames. */
import type { Dataset, Picture as PictureName } from '@orrery/dataset';
import { blank, paste, TEXT_HEIGHT, textWidth, writeText, type Picture, type Rgb } from '@orrery/media';
import { splitOf } from './choose.ts';
import { episodeFrames } from './frames.ts';

export interface ContactSheetOptions {
  readonly episodes: readonly number[];
  /** Frames of each, from the first to the last as even as whole numbers allow. */
  readonly frames: number;
  /** Kinds of pictures; each makes a row of its own for each episode. */
  readonly pictures: readonly PictureName[];
  /** Pixels of the sheet for one of the frame's along each axis; as many as give frames of 64 pixels unless given. */
  readonly scale?: number | undefined;
}

const PAPER: Rgb = [250, 249, 246];
const INK: Rgb = [90, 92, 98];
const GAP = 3;
const MARGIN = 6;

/** The frames of an episode that a sheet shows. */
export function sheetFrames(total: number, count: number): number[] {
  const columns = Math.min(total, count);
  return Array.from({ length: columns }, (_, i) =>
    columns === 1 ? 0 : Math.round((i * (total - 1)) / (columns - 1)),
  );
}

/** A whole number that brings small frames to about 64 pixels. */
export const defaultScale = (height: number) => Math.max(1, Math.round(64 / height));

export async function contactSheet(dataset: Dataset, options: ContactSheetOptions): Promise<Picture> {
  const { spec, dt } = dataset.manifest;
  const { episodes, pictures, scale = defaultScale(spec.height) } = options;
  const columns = sheetFrames(dataset.frames, options.frames);
  const [cellWidth, cellHeight] = [spec.width * scale + GAP, spec.height * scale + GAP];
  const labels = episodes.map((episode) => ({ episode, split: splitOf(dataset, episode) }));
  const left =
    MARGIN + Math.max(...labels.flatMap(({ split }) => [split, 'segmentation'].map(textWidth))) + 8;
  const top = MARGIN + TEXT_HEIGHT + 4;
  const sheet = blank(
    left + columns.length * cellWidth + MARGIN - GAP,
    top + episodes.length * pictures.length * cellHeight + MARGIN - GAP,
    PAPER,
  );
  columns.forEach((frame, column) =>
    writeText(`${Number((frame * dt).toFixed(2))} s`, sheet, left + column * cellWidth, MARGIN, INK),
  );
  let row = 0;
  for (const { episode, split } of labels)
    for (const name of pictures) {
      const y = top + row++ * cellHeight;
      const lines = name === pictures[0] ? [`#${episode}`, split] : [];
      [...lines, ...(pictures.length > 1 ? [name] : [])].forEach((line, i) =>
        writeText(line, sheet, MARGIN, y + i * (TEXT_HEIGHT + 3), INK),
      );
      const frames = await episodeFrames(dataset, episode, name);
      columns.forEach((frame, column) => paste(frames[frame]!, sheet, left + column * cellWidth, y, scale));
    }
  return sheet;
}
