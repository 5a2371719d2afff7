/** A thread that reads clips while others compute. */
import { parentPort, workerData } from 'node:worker_threads';
import { openFolder } from '@orrery/dataset/node';
import type { World } from '@orrery/models';
import { readClips, type ClipPlace, type Clips } from './clips.ts';

export interface ClipWorkerStart {
  /** The dataset's folder. */
  readonly path: string;
  readonly clipFrames: number;
  readonly sees: World['sees'];
}

export interface ClipRequest {
  readonly id: number;
  readonly places: readonly ClipPlace[];
}

export type ClipReply =
  { readonly id: number; readonly clips: Clips } | { readonly id: number; readonly problem: string };

const { path, clipFrames, sees } = workerData as ClipWorkerStart;
// The first read waits for it, and has its error.
const dataset = openFolder(path);
dataset.catch(() => {});

parentPort!.on('message', ({ id, places }: ClipRequest) => {
  dataset
    .then((data) => readClips(data, places, clipFrames, sees))
    .then(
      (clips) =>
        parentPort!.postMessage(
          { id, clips } satisfies ClipReply,
          Object.values(clips).map(({ buffer }) => buffer),
        ),
      (error: Error) => parentPort!.postMessage({ id, problem: error.message } satisfies ClipReply),
    );
});
