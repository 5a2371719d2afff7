/** A runtime in a worker of a page. */
import { openRemoteRuntime } from '../remote-runtime.ts';
import type { RemoteRuntime } from '../remote-runtime.ts';
import type { Reply } from '../serve.ts';
import type { WebRuntimeOptions } from './library.ts';

/** What is used of a page's workers; the types of Node do not know them. */
interface PageWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { readonly type: 'module' }) => PageWorker;

/** @param model bytes that are handed over: the array is empty afterwards */
export function openWorkerRuntime(
  model: Uint8Array<ArrayBuffer>,
  options: WebRuntimeOptions,
): Promise<RemoteRuntime> {
  // In this form bundlers find the worker.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const runtime = openRemoteRuntime({
    send: (request, transfer) => worker.postMessage(request, transfer),
    listen(on) {
      worker.onmessage = ({ data }) => {
        const reply = data as Reply;
        on.reply(reply);
        if (reply.kind !== 'closed' && reply.kind !== 'failed') return;
        worker.terminate();
        on.exit();
      };
      worker.onerror = ({ message }) => on.error(message ?? 'its script does not load');
    },
    hold: () => {},
  });
  worker.postMessage({ model, options }, [model.buffer]);
  return runtime;
}
