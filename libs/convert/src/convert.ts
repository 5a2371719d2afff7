import type { Dataset } from '@orrery/dataset';

export interface ConvertOptions {
  readonly dataset: Dataset;
  /** A folder that is not there yet. */
  readonly out: string;
  /** Called with the number of episodes done. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
