/** The thread of a page that runs onnxruntime. */
import { serve } from '../serve.ts';
import type { Reply, Request, Start } from '../serve.ts';
import { openWebRuntime } from './library.ts';
import type { WebRuntimeOptions } from './library.ts';

/** What a worker sees of itself; the types of Node do not know it. */
interface WorkerScope {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: Reply, transfer: readonly ArrayBuffer[]): void;
  close(): void;
}
const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  const { model, options } = data as Start<WebRuntimeOptions>;
  void serve(
    {
      send: (reply, transfer = []) => scope.postMessage(reply, transfer),
      listen: (answer) => (scope.onmessage = (event) => answer(event.data as Request)),
      close: () => scope.close(),
    },
    () => openWebRuntime(model, options),
  );
};
