/** A worker thread that makes the shards it is sent, and says so. */
import { parentPort, workerData } from 'node:worker_threads';
import { shardMaker } from './make-shard.ts';
import type { GenerationPlan } from './plan.ts';
import type { WorkerMessage } from './pool.ts';

const { plan, folder } = workerData as { plan: GenerationPlan; folder: string };
const post = (message: WorkerMessage) => parentPort!.postMessage(message);
const makeShard = shardMaker(plan, folder, () => post({ kind: 'progress' }));

parentPort!.on('message', (shard: number) => {
  makeShard(shard).then(
    () => post({ kind: 'done' }),
    (error: unknown) => post({ kind: 'failed', error }),
  );
});
