/** Jobs, each an integer, handed out one at a time to worker threads. */
import { Worker } from 'node:worker_threads';

/** What a worker answers: progress any number of times, then that the job is done, or why it is not. */
export type WorkerMessage =
  { kind: 'progress' } | { kind: 'done'; result?: unknown } | { kind: 'failed'; error: unknown };

export interface PoolOptions {
  /** The module that a worker runs: takes an integer as message, answers with `WorkerMessage`s. */
  readonly script: URL;
  readonly workerData: unknown;
  readonly jobs: readonly number[];
  readonly workers: number;
  readonly onProgress: () => void;
  /** Called with what a worker found when it was done with a job. */
  readonly onDone?: (job: number, result: unknown) => void;
  /** Stops handing out jobs; those in work are finished. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when all jobs are done, or when those in work are done after `signal`.
 * @throws the first error of a worker, after the jobs that the others have in work
 */
export async function runJobs(options: PoolOptions): Promise<void> {
  const queue = [...options.jobs];
  const errors: unknown[] = [];
  const lane = async () => {
    const worker = new Worker(options.script, { workerData: options.workerData });
    try {
      while (queue.length > 0 && errors.length === 0 && !options.signal?.aborted)
        await runJob(worker, queue.shift()!, options);
    } catch (error) {
      errors.push(error);
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, queue.length) }, lane));
  if (errors.length > 0) throw errors[0];
}

function runJob(worker: Worker, job: number, { onProgress, onDone }: PoolOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: WorkerMessage) => {
      if (message.kind === 'progress') return onProgress();
      release();
      if (message.kind === 'failed') return reject(message.error);
      onDone?.(job, message.result);
      resolve();
    };
    const onError = (error: unknown) => {
      release();
      reject(error);
    };
    const onExit = (code: number) =>
      onError(new Error(`a worker thread ended with code ${code}; run it again`));
    const release = () => worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(job);
  });
}
