/** The session over a runtime, which checks what goes in. */
import type { RemoteRuntime } from './remote-runtime.ts';
import { checkFeeds, checkOutputs } from './session.ts';
import type { Session, TensorData } from './session.ts';

/** @param signature of the graph, by default what its file says, where bf16 is f32 */
export function sessionOf(runtime: RemoteRuntime, signature = runtime.signature): Session {
  let closed: Promise<void> | undefined;
  return {
    signature,
    async run(feeds, outputs = Object.keys(signature.outputs), { transfer = false } = {}) {
      if (closed) throw new Error('session: it is closed; create another');
      const checked = checkFeeds(signature, feeds);
      checkOutputs(signature, outputs);
      const results = await runtime.run(checked, outputs, transfer);
      const typed = outputs.map((name) => [name, { ...results[name], dtype: signature.outputs[name].dtype }]);
      return Object.fromEntries(typed) as Record<string, TensorData>;
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
