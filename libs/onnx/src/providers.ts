/** What computes a session's operators: onnxruntime's execution providers. */

/** In Node: onnxruntime-node's. */
export type NodeProvider = 'cpu' | 'webgpu' | 'cuda';
/** In a browser: onnxruntime-web's. */
export type WebProvider = 'wasm' | 'webgpu';
export type Provider = NodeProvider | WebProvider;

/** The machine or the installed library lacks an execution provider; the message says what brings it. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly provider: string;

  constructor(provider: string, message: string, options?: ErrorOptions) {
    super(`provider "${provider}": ${message}`, options);
    this.provider = provider;
  }
}

/** @throws ProviderError when the name is none of these */
export function checkProvider<P extends Provider>(
  provider: string,
  known: readonly P[],
): asserts provider is P {
  if (known.some((name) => name === provider)) return;
  throw new ProviderError(
    provider,
    `not known here; give one of ${known.map((name) => `"${name}"`).join(', ')}`,
  );
}
