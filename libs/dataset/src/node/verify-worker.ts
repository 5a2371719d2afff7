/** A worker thread that reads the shards (jobs) it is sent, and says what it found. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ArrayName } from '../arrays.ts';
import type { WorkerMessage } from './pool.ts';
import { shardVerifier } from './verify-shard.ts';

export interface VerifyJobs {
  readonly folder: string;
  readonly arrays: readonly ArrayName[];
  readonly shardEpisodes: number;
  readonly episodes: number;
}

const { folder, arrays, shardEpisodes, episodes } = workerData as VerifyJobs;
const post = (message: WorkerMessage) => parentPort!.postMessage(message);
const verifyEpisodes = shardVerifier(folder, arrays);

parentPort!.on('message', (job: number) => {
  const end = Math.min((job + 1) * shardEpisodes, episodes);
  verifyEpisodes(job * shardEpisodes, end, () => post({ job, kind: 'progress' })).then(
    (result) => post({ job, kind: 'done', result }),
    (error: unknown) => post({ job, kind: 'failed', error }),
  );
});
