import type { Loop, Program } from '@orrery/graph';
import { checkProvider } from '../providers.ts';
import type { WebProvider } from '../providers.ts';
import type { OptimizationLevel } from '../runtime.ts';
import { checkThreads, openSession } from '../session-of.ts';
import type { Session } from '../session.ts';
import { openWebRuntime } from './library.ts';
import { openWorkerRuntime } from './worker-runtime.ts';

export interface SessionOptions {
  /** What computes; "wasm" by default. What "webgpu" has no kernel for runs as "wasm" does. */
  readonly provider?: WebProvider;
  /**
   * Threads that share one operator's work; as many as there are cores by default, and one in a page that is not isolated
   * from other origins (headers COOP and COEP).
   */
  readonly threads?: number;
  /** Runs in a worker, so that the page stays responsive; true by default. */
  readonly worker?: boolean;
  /** What onnxruntime may rewrite; "all" by default. */
  readonly optimization?: OptimizationLevel;
  /** Address of the folder with onnxruntime-web's .wasm files; by default where the bundler put them. */
  readonly assets?: string;
}

/**
 * A session on onnxruntime-web: the interface of @orrery/onnx/node, in a page.
 * @param model a graph, which is lowered as it is (`optimize` it first), or the bytes of an ONNX file with static shapes
 * @throws when the graph cannot be lowered, onnxruntime does not load or refuses the model, and a ProviderError when the
 * browser lacks the provider
 */
export async function createSession(
  model: Program | Loop | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const { provider = 'wasm', threads = globalThis.navigator.hardwareConcurrency, worker = true } = options;
  const { optimization = 'all', assets } = options;
  checkProvider(provider, ['wasm', 'webgpu']);
  checkThreads(threads);
  const open = worker ? openWorkerRuntime : openWebRuntime;
  return openSession(model, (file) =>
    open(file, { provider, threads, optimization, spinning: false, assets }),
  );
}
