/** onnxruntime-node, loaded when it is first needed. */
import { ProviderError } from '../providers.ts';
import type { NodeProvider } from '../providers.ts';
import { firstLine, openRuntime } from '../runtime.ts';
import type { Runtime, RuntimeOptions } from '../runtime.ts';
import type * as OnnxRuntime from 'onnxruntime-node';

/** @throws in one line when the library does not load */
export async function loadLibrary(): Promise<typeof OnnxRuntime> {
  try {
    const library = await import('onnxruntime-node');
    // Its environment logs before any session has a say.
    library.env.logLevel = 'fatal';
    return library;
  } catch (error) {
    throw new Error(`onnxruntime-node does not load: ${firstLine(error)}; install again with "npm ci"`, {
      cause: error,
    });
  }
}

export interface NodeRuntimeOptions extends RuntimeOptions {
  readonly provider: NodeProvider;
}

export async function openNodeRuntime(model: Uint8Array, options: NodeRuntimeOptions): Promise<Runtime> {
  return openRuntime(await loadLibrary(), model, options, (error) => lackOf(options.provider, error));
}

/** What a provider needs of the machine, by what onnxruntime says where it is not there. */
const lacks: Partial<Record<NodeProvider, { readonly says: RegExp; readonly remedy: string }>> = {
  cuda: {
    says: /ExecutionProvider_Cuda|ProviderLibrary|CUDA (failure|error|driver)|cudnn/i,
    remedy:
      'needs Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9; ' +
      'fetch its library with "ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install", or use "cpu"',
  },
  webgpu: {
    says: /webgpu_context|WebGPU adapter|No supported adapters/,
    remedy:
      'needs a GPU with a driver, on Linux of Vulkan (libvulkan.so.1); ' +
      'without a GPU, SwiftShader serves: VK_DRIVER_FILES=.../vk_swiftshader_icd.json, or use "cpu"',
  },
};

function lackOf(provider: NodeProvider, error: unknown): ProviderError | undefined {
  const lack = lacks[provider];
  const text = error instanceof Error ? error.message : String(error);
  if (!lack?.says.test(text)) return undefined;
  // onnxruntime begins with the place in its source.
  const reason = firstLine(error).replace(/^.*was false\. /, '');
  return new ProviderError(provider, `${reason}; it ${lack.remedy}`, { cause: error });
}
