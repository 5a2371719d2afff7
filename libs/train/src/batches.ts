/** The clips of each call, read while the call before computes. */
import { Worker } from 'node:worker_threads';
import type { ClipReply, ClipRequest, ClipWorkerStart } from './clip-worker.ts';
import { readClips, type ClipOrder, type ClipPlace, type TrainingData } from './clips.ts';

/** Reads clips: [places, clipFrames, H, W, 3] u8. */
export interface ClipReader {
  read(places: readonly ClipPlace[]): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Reads in this thread, between what else it does. */
export function readerHere(data: TrainingData, clipFrames: number): ClipReader {
  return { read: (places) => readClips(data, places, clipFrames), close: () => Promise.resolve() };
}

/** Reads in a thread of its own: decompression and assembly of clips take nothing from the caller's event loop. */
export function readerInWorker(start: ClipWorkerStart): ClipReader {
  const worker = new Worker(new URL('./clip-worker.ts', import.meta.url), {
    workerData: start,
    // Flags of the caller, such as --input-type, are about its own script.
    execArgv: [],
  });
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array<ArrayBuffer>>>();
  let next = 0;
  let over: Error | undefined;
  const fail = (error: Error) => {
    over ??= error;
    for (const { reject } of waiting.values()) reject(over);
    waiting.clear();
  };
  worker.on('message', (reply: ClipReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('clips' in reply) request?.resolve(reply.clips);
    else request?.reject(new Error(reply.problem));
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('training: the thread that reads clips has ended; start it again')));
  return {
    read(places) {
      if (over) return Promise.reject(over);
      const request = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
      waiting.set(next, request);
      worker.postMessage({ id: next++, places } satisfies ClipRequest);
      return request.promise;
    },
    async close() {
      await worker.terminate();
    },
  };
}

export interface BatchReader {
  /** @returns [count, clipFrames, H, W, 3] u8 from a position of the order */
  read(position: number, count: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Begins to read what `read` will ask for next; an error waits until then. */
  prefetch(position: number, count: number): void;
}

export function batchReader(reader: ClipReader, order: ClipOrder): BatchReader {
  let ahead: { position: number; count: number; clips: Promise<Uint8Array<ArrayBuffer>> } | undefined;
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
