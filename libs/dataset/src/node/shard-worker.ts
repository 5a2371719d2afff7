/** A worker thread that makes the shards it is sent, and says so. */
import { parentPort, workerData } from 'node:worker_threads';
import { shardMaker } from './make-shard.ts';
import type { GenerationPlan } from './plan.ts';
import type { WorkerMessage } from './pool.ts';

const { plan, folder } = workerData as { plan: GenerationPlan; folder: string };
const post = (message: WorkerMessage) => parentPort!.postMessage(message);
const makeShard = shardMaker(plan, folder);

parentPort!.on('message', async (job: number) => {
  try {
    const write = await makeShard(job, () => post({ job, kind: 'progress' }));
    post({ job, kind: 'free' });
    await write();
    post({ job, kind: 'done' });
  } catch (error) {
    post({ job, kind: 'failed', error });
  }
});
