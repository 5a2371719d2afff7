/** The clips of each call, read while the call before computes. */
import { readClips, type ClipOrder, type TrainingData } from './clips.ts';

export interface BatchReader {
  /** @returns [count, clipFrames, H, W, 3] u8 from a position of the order */
  read(position: number, count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Begins to read what `read` will ask for next; an error waits until then. */
  prefetch(position: number, count: number): void;
}

export function batchReader(data: TrainingData, order: ClipOrder, clipFrames: number): BatchReader {
  let ahead: { position: number; count: number; clips: Promise<Uint8Array<ArrayBuffer>> } | undefined;
  const load = (position: number, count: number) => {
    const places = Array.from({ length: count }, (_, i) => order.at(position + i));
    return readClips(data, places, clipFrames);
  };
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
