/** A runtime in a worker thread of Node. */
import { Worker } from 'node:worker_threads';
import { openRemoteRuntime } from '../remote-runtime.ts';
import type { RemoteRuntime } from '../remote-runtime.ts';
import type { Start } from '../serve.ts';
import type { NodeRuntimeOptions } from './library.ts';

/** @param model bytes that are handed over: the array is empty afterwards */
export function openWorkerRuntime(
  model: Uint8Array<ArrayBuffer>,
  options: NodeRuntimeOptions,
): Promise<RemoteRuntime> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { model, options } satisfies Start<NodeRuntimeOptions>,
    transferList: [model.buffer],
    // Flags of the caller, such as --input-type, are about its own script.
    execArgv: [],
  });
  return openRemoteRuntime({
    send: (request, transfer) => worker.postMessage(request, transfer),
    listen(on) {
      worker.on('message', on.reply);
      worker.on('error', on.error);
      worker.once('exit', on.exit);
    },
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
  });
}
