import { availableParallelism } from 'node:os';
import type { Loop, Program } from '@orrery/graph';
import { checkProvider } from '../providers.ts';
import type { NodeProvider } from '../providers.ts';
import type { OptimizationLevel } from '../runtime.ts';
import { checkThreads, openSession } from '../session-of.ts';
import type { Session } from '../session.ts';
import { openNodeRuntime } from './library.ts';
import { openWorkerRuntime } from './worker-runtime.ts';

export interface SessionOptions {
  /** What computes; "cpu" by default. What "webgpu" and "cuda" have no kernel for runs on the CPU. */
  readonly provider?: NodeProvider;
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
 * A session on onnxruntime-node.
 * @param model a graph, which is lowered as it is (`optimize` it first), or the bytes of an ONNX file with static shapes
 * @throws when the graph cannot be lowered, onnxruntime does not load or refuses the model, and a ProviderError when the
 * machine lacks the provider
 */
export async function createSession(
  model: Program | Loop | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const { provider = 'cpu', threads = availableParallelism(), worker = true, profile } = options;
  const { optimization = 'all', spinning = false } = options;
  checkProvider(provider, ['cpu', 'webgpu', 'cuda']);
  checkThreads(threads);
  const open = worker ? openWorkerRuntime : openNodeRuntime;
  return openSession(model, (file) => open(file, { provider, threads, optimization, spinning, profile }));
}
