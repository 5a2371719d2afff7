/** The clips of each call, read while the call before computes. */
import type { World } from '@orrery/models';
import { readClips, type ClipOrder, type ClipPlace, type Clips, type TrainingData } from './clips.ts';

/** Reads clips of `clipFrames` frames, one a place. */
export interface ClipReader {
  read(places: readonly ClipPlace[]): Promise<Clips>;
  close(): Promise<void>;
}

/** Reads in this thread, between what else it does. */
export function readerHere(
  data: TrainingData,
  clipFrames: number,
  sees: World['sees'] = 'frames',
): ClipReader {
  return { read: (places) => readClips(data, places, clipFrames, sees), close: () => Promise.resolve() };
}

export interface BatchReader {
  /** @returns `count` clips from a position of the order */
  read(position: number, count: number): Promise<Clips>;
  /** Begins to read what `read` will ask for next; an error waits until then. */
  prefetch(position: number, count: number): void;
}

export function batchReader(reader: ClipReader, order: ClipOrder): BatchReader {
  let ahead: { position: number; count: number; clips: Promise<Clips> } | undefined;
  const load = (position: number, count: number) =>
    reader.read(Array.from({ length: count }, (_, i) => order.at(position + i)));
  return {
    read(position, count) {
      const known = ahead?.position === position && ahead.count === count ? ahead.clips : undefined;
      ahead = undefined;
      return known ?? load(position, count);
    },
    prefetch(position, count) {
      const clips = load(position, count);
      clips.catch(() => {});
      ahead = { position, count, clips };
    },
  };
}
