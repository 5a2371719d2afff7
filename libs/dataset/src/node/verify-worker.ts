/** A worker thread that reads the shards it is sent, and says what it found. */
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

parentPort!.on('message', (shard: number) => {
  const end = Math.min((shard + 1) * shardEpisodes, episodes);
  verifyEpisodes(shard * shardEpisodes, end, () => post({ kind: 'progress' })).then(
    (result) => post({ kind: 'done', result }),
    (error: unknown) => post({ kind: 'failed', error }),
  );
});
