/** The session over a runtime, which checks what goes in. */
import type { RemoteRuntime } from './remote-runtime.ts';
import { checkFeeds, checkOutputs } from './session.ts';
import type { Session } from './session.ts';

export function sessionOf(runtime: RemoteRuntime): Session {
  let closed: Promise<void> | undefined;
  return {
    signature: runtime.signature,
    async run(feeds, outputs = Object.keys(runtime.signature.outputs), { transfer = false } = {}) {
      if (closed) throw new Error('session: it is closed; create another');
      const checked = checkFeeds(runtime.signature, feeds);
      checkOutputs(runtime.signature, outputs);
      return runtime.run(checked, outputs, transfer);
    },
    close() {
      closed ??= runtime.close();
      return closed;
    },
  };
}

/** @throws unless it is a positive whole number */
export function checkThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1) return;
  throw new Error(`session: ${threads} threads; give a positive whole number`);
}
