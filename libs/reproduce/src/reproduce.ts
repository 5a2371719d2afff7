/** Runs a table and writes down what came out: results.json, README.md and charts in one folder. */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { runtimeInfo } from '@orrery/onnx/node';
import { makeFolder, writeFileAtomic } from '@orrery/storage';
import { chartSvg } from './results/chart.ts';
import { resultsJson, resultsMarkdown } from './results/readme.ts';
import { resultsSchema, type Results } from './results/schema.ts';
import type { Table, TableRun } from './table.ts';

export interface ReproduceOptions extends Omit<TableRun, 'cores'> {
  /** Git revision of the program, for the record. */
  readonly revision: string;
}

/** @throws when the data fail their checks, a training diverges, or the signal is aborted */
export async function reproduce(table: Table, { revision, ...options }: ReproduceOptions): Promise<Results> {
  const started = performance.now();
  const cores = availableParallelism();
  const found = await table.run({ ...options, cores });
  return resultsSchema.parse({
    ...{ format: 'orrery.results', version: 1, table: table.name, source: table.source, revision },
    seeds: options.seeds,
    machine: {
      ...{ cores, processor: cpus()[0]?.model.trim() ?? 'unknown', node: process.versions.node },
      onnxruntime: (await runtimeInfo()).version,
    },
    wallSeconds: Math.round((performance.now() - started) / 100) / 10,
    ...found,
  });
}

/** The files of a report by name; results.json and the charts are what a README takes its tables from. */
export async function reportFiles(results: Results): Promise<Record<string, string>> {
  const title = `# ${results.table}\n\n${results.source}\n\n`;
  return {
    'results.json': await resultsJson(results),
    ...Object.fromEntries(results.charts.map((chart) => [`${chart.name}.svg`, chartSvg(chart)])),
    'README.md': `${title}${resultsMarkdown(results)}\n`,
  };
}

/** Writes files into a folder, which is made where it is missing. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await makeFolder(folder);
  for (const [name, content] of Object.entries(files)) await writeFileAtomic(join(folder, name), content);
}
