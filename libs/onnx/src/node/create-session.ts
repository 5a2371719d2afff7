import { availableParallelism } from 'node:os';
import type { Loop, Program } from '@orrery/graph';
import { toOnnx } from '../lowering.ts';
import { checkFeeds, checkOutputs } from '../session.ts';
import type { Session } from '../session.ts';
import { openRuntime } from './runtime.ts';
import type { OptimizationLevel } from './runtime.ts';
import { openWorkerRuntime } from './worker-runtime.ts';

export interface SessionOptions {
  /** Threads that share one operator's work; as many as there are cores by default. */
  readonly threads?: number;
  /** Runs in a thread of its own, so that the caller's event loop stays free; true by default. */
  readonly worker?: boolean;
  /** What onnxruntime may rewrite; "all" by default, which also lays out constant convolution kernels anew. */
  readonly optimization?: OptimizationLevel;
  /**
   * Whether idle threads wait in a busy loop for the next operator; false by default. On idle cores this makes no
   * difference that could be measured, and it halves the speed where other work wants the cores too.
   */
  readonly spinning?: boolean;
  /** Path prefix of a trace that is written on close, for chrome://tracing. */
  readonly profile?: string;
}

/**
 * A session on onnxruntime's CPU provider.
 * @param model a graph, which is lowered as it is (`optimize` it first), or the bytes of an ONNX file with static shapes
 * @throws when the graph cannot be lowered, or onnxruntime does not load or refuses the model
 */
export async function createSession(
  model: Program | Loop | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const { threads = availableParallelism(), worker = true, profile } = options;
  const { optimization = 'all', spinning = false } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`session: ${threads} threads; give a positive whole number`);
  }
  const bytes = model instanceof Uint8Array ? Uint8Array.from(model) : toOnnx(model);
  const open = worker ? openWorkerRuntime : openRuntime;
  const runtime = await open(bytes, { threads, optimization, spinning, profile });
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
