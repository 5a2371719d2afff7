/** What a folder of `datasets/` says: a dataset's name, what it is for, and its sizes. */
import type { z } from 'zod';
import type { datasetSpecSchema } from './manifest.ts';

export interface DatasetDefinition {
  readonly name: string;
  /** One line for `--help`. */
  readonly description: string;
  /** "tiny" for tests, "small" for a laptop, "full" for research. */
  readonly sizes: Readonly<Record<string, z.input<typeof datasetSpecSchema>>>;
}
