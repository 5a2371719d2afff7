/** What a published table is: its data, its recipe and its metric, one folder each, and the registry's entry for it. */
import type { Parts } from './parts.ts';
import type { Chart, Column, Figure, Row, SanityRow } from './results/schema.ts';

export interface TableRun {
  /** Of initial weights and minibatches; the data are those of the published rows. */
  readonly seeds: readonly number[];
  /** Seconds of wall time that the trainings of one seed may take; none by default. */
  readonly budget?: number;
  /** Trainings that run at once, a core each. */
  readonly cores: number;
  readonly signal?: AbortSignal;
  /** Keeps what a training came to, so that an interrupted table continues with the others. */
  readonly part: Parts['of'];
  /** The data's own checks, before anything is trained. */
  readonly onSanity?: (rows: readonly SanityRow[]) => void;
  /** A training and its measures are done. @param line which, and what came out */
  readonly onMeasured?: (line: string) => void;
  /** @param done, total of updates */
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** What a table's own code finds out; who ran it, and where, is added by `reproduce`. */
export interface TableResults {
  readonly config: Readonly<Record<string, unknown>>;
  readonly columns: readonly Column[];
  readonly sanity: readonly SanityRow[];
  readonly rows: readonly Row[];
  readonly charts: readonly Chart[];
  readonly figures: readonly Figure[];
  /** Sentences that the table needs beside it. */
  readonly remarks: readonly string[];
}

export interface Table {
  /** kebab-case, the name of its folder here and under datasets/ */
  readonly name: string;
  /** One line for `--help`. */
  readonly description: string;
  /** The paper and the code that the data, the recipe and the published rows come from. */
  readonly source: string;
  /** What it takes with three seeds on two idle cores, in words. */
  readonly duration: string;
  /** @throws when the data fail their own checks, and the signal's reason when it is aborted */
  run(options: TableRun): Promise<TableResults>;
}
