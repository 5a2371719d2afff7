export { inParallel } from './in-parallel.ts';
export { recordFiles, recordFolder, readRecord } from './recorded.ts';
export { tables } from './registry.ts';
export { reportFiles, reproduce, writeFiles, type ReproduceOptions } from './reproduce.ts';
export { resultsSchema, type Figure, type Results, type SanityRow } from './results/schema.ts';
export { resultsTable, sanityTable } from './results/text.ts';
export type { Table, TableResults, TableRun } from './table.ts';
