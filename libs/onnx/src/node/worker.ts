/** The thread that runs onnxruntime, which blocks while it computes. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TensorData } from '../session.ts';
import type { Signature } from '../signature.ts';
import { firstLine, openRuntime } from './runtime.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';

export interface WorkerStart {
  readonly model: Uint8Array;
  readonly options: RuntimeOptions;
}

export type Request =
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly feeds: Readonly<Record<string, TensorData>>;
      readonly outputs: readonly string[];
    }
  | { readonly kind: 'close' };

export type Reply =
  | { readonly kind: 'ready'; readonly signature: Signature }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'result'; readonly id: number; readonly outputs: Record<string, TensorData> }
  | { readonly kind: 'error'; readonly id: number; readonly reason: string };

const port = parentPort!;

async function serve(): Promise<void> {
  const { model, options } = workerData as WorkerStart;
  let runtime: Runtime;
  try {
    runtime = await openRuntime(model, options);
  } catch (error) {
    send({ kind: 'failed', reason: firstLine(error) });
    return;
  }
  port.on('message', (request: Request) => void answer(runtime, request));
  send({ kind: 'ready', signature: runtime.signature });
}

async function answer(runtime: Runtime, request: Request): Promise<void> {
  if (request.kind === 'close') {
    await runtime.close();
    port.close();
    return;
  }
  const { id } = request;
  try {
    const outputs = await runtime.run(request.feeds, request.outputs);
    const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer));
    send({ kind: 'result', id, outputs }, [...buffers]);
  } catch (error) {
    send({ kind: 'error', id, reason: firstLine(error) });
  }
}

function send(reply: Reply, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(reply, transfer);
}

void serve();
