/** onnxruntime-web: the build that has the provider, loaded when it is first needed. */
import { ProviderError } from '../providers.ts';
import type { WebProvider } from '../providers.ts';
import { firstLine, openRuntime } from '../runtime.ts';
import type { Library, Runtime, RuntimeOptions } from '../runtime.ts';
import type { Env } from 'onnxruntime-common';

export interface WebRuntimeOptions extends RuntimeOptions {
  readonly provider: WebProvider;
  readonly assets?: string;
}

export async function openWebRuntime(model: Uint8Array, options: WebRuntimeOptions): Promise<Runtime> {
  const { provider, threads, assets } = options;
  if (provider === 'webgpu') await requireAdapter();
  const library = await loadLibrary(provider);
  const { wasm } = library.env;
  // Threads share memory, which a page has only when it is isolated from other origins.
  wasm.numThreads = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated ? threads : 1;
  // This may be a worker already; another one in between would only copy.
  wasm.proxy = false;
  if (assets !== undefined) wasm.wasmPaths = assets;
  library.env.logLevel = 'fatal';
  return openRuntime(library, model, options);
}

async function loadLibrary(provider: WebProvider): Promise<Library & { env: Env }> {
  try {
    return provider === 'webgpu'
      ? await import('onnxruntime-web/webgpu')
      : await import('onnxruntime-web/wasm');
  } catch (error) {
    throw new Error(
      `onnxruntime-web does not load: ${firstLine(error)}; serve its .mjs and .wasm files beside the page, or name their place as "assets"`,
      { cause: error },
    );
  }
}

/** @throws ProviderError where the browser gives no access to a GPU */
async function requireAdapter(): Promise<void> {
  const { gpu } = globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  const adapter = await gpu?.requestAdapter();
  if (adapter) return;
  const reason = gpu ? 'the browser finds no GPU that it may use' : 'this browser has no navigator.gpu';
  throw new ProviderError(
    'webgpu',
    `${reason}; open the page over https or on localhost in a browser with WebGPU, or use "wasm"`,
  );
}
