/** A thread that reads clips while others compute. */
import { parentPort, workerData } from 'node:worker_threads';
import { openFolder } from '@orrery/dataset/node';
import { readClips, type ClipPlace, type Clips } from './clips.ts';

export interface ClipWorkerStart {
  /** The dataset's folder. */
  readonly path: string;
  readonly clipFrames: number;
}

export interface ClipRequest {
  readonly id: number;
  readonly places: readonly ClipPlace[];
}

export type ClipReply =
  { readonly id: number; readonly clips: Clips } | { readonly id: number; readonly problem: string };

const { path, clipFrames } = workerData as ClipWorkerStart;
// The first read waits for it, and has its error.
const dataset = openFolder(path);
dataset.catch(() => {});

parentPort!.on('message', ({ id, places }: ClipRequest) => {
  dataset
    .then((data) => readClips(data, places, clipFrames))
    .then(
      (clips) =>
        parentPort!.postMessage({ id, clips } satisfies ClipReply, [
          clips.frames.buffer,
          ...(clips.actions ? [clips.actions.buffer] : []),
        ]),
      (error: Error) => parentPort!.postMessage({ id, problem: error.message } satisfies ClipReply),
    );
});
