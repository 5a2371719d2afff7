/** The session over a runtime, which checks what goes in. */
import type { Loop, Program } from '@orrery/graph';
import { toOnnx } from './lowering.ts';
import type { RemoteRuntime } from './remote-runtime.ts';
import { checkFeeds, checkOutputs } from './session.ts';
import type { Session, TensorData } from './session.ts';
import { signatureOf } from './signature.ts';

/**
 * @param model a graph, or the bytes of an ONNX file, whose own signature then counts, where bf16 is f32
 * @param open a runtime over a file's bytes, which it may take over
 */
export async function openSession(
  model: Program | Loop | Uint8Array,
  open: (file: Uint8Array<ArrayBuffer>) => Promise<RemoteRuntime>,
): Promise<Session> {
  if (model instanceof Uint8Array) return sessionOf(await open(Uint8Array.from(model)));
  const [file, signature] = [toOnnx(model), signatureOf(model)];
  return sessionOf(await open(file), signature);
}

function sessionOf(runtime: RemoteRuntime, signature = runtime.signature): Session {
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
