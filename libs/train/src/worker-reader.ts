import { Worker } from 'node:worker_threads';
import type { ClipReader } from './batches.ts';
import type { ClipReply, ClipRequest, ClipWorkerStart } from './clip-worker.ts';
import type { Clips } from './clips.ts';

/** Reads in a thread of its own: decompression and assembly of clips take nothing from the caller's event loop. */
export function readerInWorker(start: ClipWorkerStart): ClipReader {
  const worker = new Worker(new URL('./clip-worker.ts', import.meta.url), {
    workerData: start,
    // Flags of the caller, such as --input-type, are about its own script.
    execArgv: [],
  });
  const waiting = new Map<number, PromiseWithResolvers<Clips>>();
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
      const request = Promise.withResolvers<Clips>();
      waiting.set(next, request);
      worker.postMessage({ id: next++, places } satisfies ClipRequest);
      return request.promise;
    },
    async close() {
      await worker.terminate();
    },
  };
}
