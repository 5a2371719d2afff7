/** The caller's side of a runtime in another thread, so that the caller's event loop stays free. */
import { ProviderError } from './providers.ts';
import { firstLine } from './runtime.ts';
import type { Runtime } from './runtime.ts';
import type { Reply, Request } from './serve.ts';
import type { TensorData } from './session.ts';
import type { Signature } from './signature.ts';

export interface RemoteRuntime extends Runtime {
  run(
    feeds: Readonly<Record<string, TensorData>>,
    outputs: readonly string[],
    transfer?: boolean,
  ): Promise<Record<string, TensorData>>;
}

/** A thread that serves one runtime (serve.ts). */
export interface Thread {
  send(request: Request, transfer: readonly ArrayBuffer[]): void;
  listen(on: { reply(reply: Reply): void; error(error: unknown): void; exit(): void }): void;
  /** Whether the thread has something to do, for which a script should not end. */
  hold(busy: boolean): void;
}

interface Pending {
  resolve(outputs: Record<string, TensorData>): void;
  reject(error: Error): void;
}

/** @throws what the thread says when it cannot open its runtime */
export async function openRemoteRuntime(thread: Thread): Promise<RemoteRuntime> {
  const pending = new Map<number, Pending>();
  let next = 0;
  let over: Error | undefined;
  const opened = Promise.withResolvers<Signature>();
  const exited = Promise.withResolvers<void>();

  const fail = (error: Error) => {
    over ??= error;
    opened.reject(over);
    for (const { reject } of pending.values()) reject(over);
    pending.clear();
  };
  /** A script may end while its sessions idle, and waits for those that compute. */
  const hold = () => thread.hold(pending.size > 0);
  const settle = (id: number, how: (waiting: Pending) => void) => {
    const waiting = pending.get(id);
    pending.delete(id);
    hold();
    if (waiting) how(waiting);
  };

  thread.listen({
    reply(reply) {
      if (reply.kind === 'ready') opened.resolve(reply.signature);
      else if (reply.kind === 'failed') opened.reject(failure(reply));
      else if (reply.kind === 'result') settle(reply.id, ({ resolve }) => resolve(reply.outputs));
      else if (reply.kind === 'error') settle(reply.id, ({ reject }) => reject(new Error(reply.reason)));
    },
    error: (error) => fail(new Error(`onnxruntime worker: ${firstLine(error)}`, { cause: error })),
    exit() {
      fail(new Error('onnxruntime worker: its thread has ended; create another session'));
      exited.resolve();
    },
  });
  const signature = await opened.promise;
  hold();

  return {
    signature,
    run(feeds, outputs, transfer = false) {
      if (over) return Promise.reject(over);
      return new Promise((resolve, reject) => {
        const id = next++;
        const sent = transfer ? handedOver(feeds) : copies(feeds);
        const buffers = new Set(Object.values(sent).map(({ data }) => data.buffer as ArrayBuffer));
        thread.send({ kind: 'run', id, feeds: sent, outputs }, [...buffers]);
        pending.set(id, { resolve, reject });
        hold();
      });
    },
    close() {
      thread.hold(true);
      thread.send({ kind: 'close' }, []);
      return exited.promise;
    },
  };
}

function failure({ reason, provider }: Extract<Reply, { kind: 'failed' }>): Error {
  return provider === undefined
    ? new Error(reason)
    : new ProviderError(provider, reason.slice(new ProviderError(provider, '').message.length));
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
