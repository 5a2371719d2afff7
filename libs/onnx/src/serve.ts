/** The thread's side of a runtime in another thread: answers one request after another. */
import { ProviderError } from './providers.ts';
import { firstLine } from './runtime.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';
import type { TensorData } from './session.ts';
import type { Signature } from './signature.ts';

export interface Start<Options = RuntimeOptions> {
  readonly model: Uint8Array;
  readonly options: Options;
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
  /** @param provider the one that is missing, where that is the reason */
  | { readonly kind: 'failed'; readonly reason: string; readonly provider?: string }
  | { readonly kind: 'result'; readonly id: number; readonly outputs: Record<string, TensorData> }
  | { readonly kind: 'error'; readonly id: number; readonly reason: string }
  | { readonly kind: 'closed' };

/** The way to the thread that asks. */
export interface ServerPort {
  send(reply: Reply, transfer?: readonly ArrayBuffer[]): void;
  listen(answer: (request: Request) => void): void;
  close(): void;
}

/** Opens the runtime, tells its signature, and answers until it is asked to close. */
export async function serve(port: ServerPort, open: () => Promise<Runtime>): Promise<void> {
  let runtime: Runtime;
  try {
    runtime = await open();
  } catch (error) {
    const provider = error instanceof ProviderError ? { provider: error.provider } : {};
    port.send({ kind: 'failed', reason: firstLine(error), ...provider });
    return;
  }
  port.listen((request) => void answer(port, runtime, request));
  port.send({ kind: 'ready', signature: runtime.signature });
}

async function answer(port: ServerPort, runtime: Runtime, request: Request): Promise<void> {
  if (request.kind === 'close') {
    await runtime.close();
    port.send({ kind: 'closed' });
    port.close();
    return;
  }
  const { id } = request;
  try {
    const outputs = await runtime.run(request.feeds, request.outputs);
    const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer));
    port.send({ kind: 'result', id, outputs }, [...buffers]);
  } catch (error) {
    port.send({ kind: 'error', id, reason: firstLine(error) });
  }
}
