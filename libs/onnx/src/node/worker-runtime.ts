/** A runtime in a worker thread, so that the caller's event loop stays free. */
import { Worker } from 'node:worker_threads';
import type { TensorData } from '../session.ts';
import type { Signature } from '../signature.ts';
import { firstLine } from './runtime.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';
import type { Reply, Request, WorkerStart } from './worker.ts';

export interface WorkerRuntime extends Runtime {
  run(
    feeds: Readonly<Record<string, TensorData>>,
    outputs: readonly string[],
    transfer?: boolean,
  ): Promise<Record<string, TensorData>>;
}

interface Pending {
  resolve(outputs: Record<string, TensorData>): void;
  reject(error: Error): void;
}

/** @param model bytes that are handed over: the array is empty afterwards */
export async function openWorkerRuntime(
  model: Uint8Array<ArrayBuffer>,
  options: RuntimeOptions,
): Promise<WorkerRuntime> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { model, options } satisfies WorkerStart,
    transferList: [model.buffer],
    // Flags of the caller, such as --input-type, are about its own script.
    execArgv: [],
  });
  const pending = new Map<number, Pending>();
  let next = 0;
  let over: Error | undefined;

  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      fail(new Error('onnxruntime worker: its thread has ended; create another session'));
      resolve();
    });
  });
  const fail = (error: Error) => {
    over ??= error;
    for (const { reject } of pending.values()) reject(over);
    pending.clear();
  };
  /** A script may end while its sessions idle, and waits for those that compute. */
  const keepAlive = () => (pending.size > 0 ? worker.ref() : worker.unref());

  const signature = await new Promise<Signature>((resolve, reject) => {
    worker.on('error', (error) => {
      const failure = new Error(`onnxruntime worker: ${firstLine(error)}`, { cause: error });
      reject(failure);
      fail(failure);
    });
    worker.once('exit', () => reject(over ?? new Error('onnxruntime worker: its thread has ended early')));
    worker.on('message', (reply: Reply) => {
      if (reply.kind === 'ready') return resolve(reply.signature);
      if (reply.kind === 'failed') return reject(new Error(reply.reason));
      const waiting = pending.get(reply.id);
      pending.delete(reply.id);
      keepAlive();
      if (reply.kind === 'result') waiting?.resolve(reply.outputs);
      else waiting?.reject(new Error(reply.reason));
    });
  });
  keepAlive();
  const send = (request: Request, transfer: readonly ArrayBuffer[] = []) =>
    worker.postMessage(request, transfer);

  return {
    signature,
    run(feeds, outputs, transfer = false) {
      if (over) return Promise.reject(over);
      return new Promise((resolve, reject) => {
        const id = next++;
        const sent = transfer ? handedOver(feeds) : copies(feeds);
        const buffers = new Set(Object.values(sent).map(({ data }) => data.buffer as ArrayBuffer));
        send({ kind: 'run', id, feeds: sent, outputs }, [...buffers]);
        pending.set(id, { resolve, reject });
        keepAlive();
      });
    },
    close() {
      worker.ref();
      send({ kind: 'close' });
      return exited;
    },
  };
}

type Feeds = Readonly<Record<string, TensorData>>;

/** Copies that can be handed over: never a view of a larger buffer, nor memory that threads share. */
function copies(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => [name, { ...feed, data: feed.data.slice() }]),
  );
}

/** The feeds themselves, except where others hold a part of their memory. */
function handedOver(feeds: Feeds): Feeds {
  const owned = ({ data }: TensorData) =>
    data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
  return Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => [
      name,
      owned(feed) ? feed : { ...feed, data: feed.data.slice() },
    ]),
  );
}
