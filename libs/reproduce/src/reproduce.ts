/** Runs a table and writes down what came out: results.json, README.md and charts in one folder. */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { runtimeInfo } from '@orrery/onnx/node';
import { makeFolder, writeFileAtomic } from '@orrery/storage';
import { openParts } from './parts.ts';
import { chartSvg } from './results/chart.ts';
import { resultsJson, resultsMarkdown } from './results/readme.ts';
import { resultsSchema, type Results } from './results/schema.ts';
import type { Table, TableRun } from './table.ts';

export interface ReproduceOptions extends Omit<TableRun, 'cores' | 'part'> {
  /** Of the report: the trainings of a run that was interrupted there are used again. */
  readonly folder: string;
  /** Git revision of the program, for the record. */
  readonly revision: string;
}

/** @throws when the data fail their checks, a training diverges, or the signal is aborted */
export async function reproduce(
  table: Table,
  { revision, folder, ...options }: ReproduceOptions,
): Promise<Results> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const elapsed = () => {
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 };
  };
  const cores = availableParallelism();
  const stamp = { table: table.name, revision, budget: options.budget };
  const parts = await openParts(join(folder, 'parts'), stamp, elapsed);
  // Code that has changed since its revision may do something else by now.
  const reusable = /^[0-9a-f]+$/.test(revision);
  const found = await table.run({
    ...{ ...options, cores },
    part: reusable ? parts.of : (_name, compute) => compute(),
  });
  const { wall, cpu } = elapsed();
  await parts.finish();
  return resultsSchema.parse({
    ...{ format: 'orrery.results', version: 1, table: table.name, source: table.source, revision },
    seeds: options.seeds,
    machine: {
      ...{ cores, processor: cpus()[0]?.model.trim() ?? 'unknown', node: process.versions.node },
      onnxruntime: (await runtimeInfo()).version,
    },
    wallSeconds: tenths(parts.earlier.wall + wall),
    cpuSeconds: tenths(parts.earlier.cpu + cpu),
    ...found,
  });
}

const tenths = (value: number) => Math.round(10 * value) / 10;

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
