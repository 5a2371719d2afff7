import { loadLibrary } from './library.ts';

export interface RuntimeInfo {
  readonly version: string;
  /** Execution providers that the installed library was built with. */
  readonly providers: readonly string[];
}

/** @throws in one line when onnxruntime-node does not load */
export async function runtimeInfo(): Promise<RuntimeInfo> {
  const { env, listSupportedBackends } = await loadLibrary();
  return {
    version: env.versions.node ?? env.versions.common,
    providers: listSupportedBackends().map(({ name }) => name),
  };
}
