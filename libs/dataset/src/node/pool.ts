/** Jobs, each an integer, handed out one at a time to worker threads. */
import { Worker } from 'node:worker_threads';

/**
 * What a worker answers: progress any number of times; that it takes the next job, while it waits for the disk with this
 * one; that the job is done, or why it is not.
 */
export type WorkerMessage = { readonly job: number } & (
  | { kind: 'progress' }
  | { kind: 'free' }
  | { kind: 'done'; result?: unknown }
  | { kind: 'failed'; error: unknown }
);

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
 * V8 lets the space for young objects grow with what it has seen, to some 100 MB a thread, and memory with the length of
 * the work. Episodes leave little behind: a small space is as fast.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 24 };

/**
 * Resolves when all jobs are done, or when those in work are done after `signal`.
 * @throws the first error of a worker, after the jobs that the others have in work
 */
export async function runJobs(options: PoolOptions): Promise<void> {
  const { script, workerData, jobs, workers, signal } = options;
  const queue = [...jobs];
  const errors: unknown[] = [];
  const lane = async () => {
    const worker = new Worker(script, { workerData, resourceLimits });
    try {
      let before = Promise.resolve();
      while (queue.length > 0 && errors.length === 0 && !signal?.aborted) {
        const { free, done } = startJob(worker, queue.shift()!, options);
        // At most one job waits for the disk while the next one is in work.
        await allDone([before, free]);
        before = done;
      }
      await before;
    } catch (error) {
      errors.push(error);
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, queue.length) }, lane));
  if (errors.length > 0) throw errors[0];
}

/** @throws the first error, but only when all have ended */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

/** Sends a job to a worker; `free` resolves when that takes the next one, `done` when the job is done. */
function startJob(worker: Worker, job: number, { onProgress, onDone }: PoolOptions) {
  const free = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const onMessage = (message: WorkerMessage) => {
    if (message.job !== job) return;
    if (message.kind === 'progress') return onProgress();
    if (message.kind === 'free') return free.resolve();
    if (message.kind === 'failed') return onError(message.error);
    release();
    onDone?.(job, message.result);
    free.resolve();
    done.resolve();
  };
  const onError = (error: unknown) => {
    release();
    free.reject(error);
    done.reject(error);
  };
  const onExit = (code: number) =>
    onError(new Error(`a worker thread ended with code ${code}; run it again`));
  const release = () => worker.off('message', onMessage).off('error', onError).off('exit', onExit);
  worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  worker.postMessage(job);
  // Where the job before has failed, nobody waits for what becomes of this one.
  for (const { promise } of [free, done]) promise.catch(() => {});
  return { free: free.promise, done: done.promise };
}
