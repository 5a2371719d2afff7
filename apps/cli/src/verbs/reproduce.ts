/** `orrery reproduce`: trains a published table anew and prints what came out beside what was printed. */
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  recordFiles,
  recordFolder,
  reportFiles,
  reproduce,
  resultsTable,
  sanityTable,
  tables,
  writeFiles,
  type Results,
} from '@orrery/reproduce';
import type { Command } from 'commander';
import { Interrupted, unknown, UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { judge, note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { integerOption, runsFolder } from '../places.ts';
import { startProgress } from '../progress.ts';
import { gitRevision } from '../revision.ts';
import { formatTable } from '../table.ts';

interface ReproduceOptions extends OutputOptions {
  readonly seeds: readonly number[];
  readonly budget?: number;
  readonly record?: boolean;
  readonly fresh?: boolean;
}

export function addReproduce(program: Command): void {
  const known = Object.values(tables);
  const command = program
    .command('reproduce')
    .description('train a published table anew, data included; its rows beside ours')
    .argument('<table>', `one of: ${known.map(({ name }) => name).join(', ')}`)
    .option('--seeds <n>', 'how many seeds (3 are 0, 1, 2), or a list such as 0,7', readSeeds, [0, 1, 2])
    .option('--budget <time>', 'time that the trainings of one seed may take, such as 90s or 10m', readTime)
    .option('--fresh', 'forget the trainings that an interrupted run has finished')
    .option('--record', 'write the results into datasets/<table>/ of this checkout too');
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Tables:
${known.map(({ name, description, duration }) => `  ${name.padEnd(18)} ${description}; ${duration}`).join('\n')}

The report goes to runs/reproduce-<table>/. Of an interrupted table the finished trainings are used again. A bound that does not hold is named, and the exit code is 1.

Examples:
  orrery reproduce hnn                  three seeds
  orrery reproduce hnn --seeds 1        a first look
  orrery reproduce hnn --budget 60s     ends each seed's trainings after a minute
  orrery reproduce hnn --json > hnn.json`,
    )
    .action(async (name: string, options: ReproduceOptions) => {
      if (!Object.hasOwn(tables, name)) throw new UsageError(unknown('table', name, Object.keys(tables)));
      const { results, folder } = await reproduceTable(name, options);
      printResult(options, results, describe(results, folder));
      judge(results.figures);
    });
}

/** Runs a table into its report folder. */
async function reproduceTable(
  name: string,
  { seeds, budget, record = false, fresh = false }: ReproduceOptions,
): Promise<{ results: Results; folder: string }> {
  const folder = join(runsFolder(), `reproduce-${name}`);
  if (fresh) await rm(join(folder, 'parts'), { recursive: true, force: true });
  const interrupt = onInterrupt(note);
  let progress: ReturnType<typeof startProgress> | undefined;
  try {
    const results = await reproduce(tables[name]!, {
      ...{ seeds, budget, folder, revision: await gitRevision(), signal: interrupt.signal },
      onSanity: (rows) => note(`${formatTable(sanityTable({ sanity: [...rows] }))}\n`),
      onMeasured: (line) => note(`${process.stderr.isTTY ? '\r\x1b[2K' : ''}${line}`),
      onProgress: (done, total, what) => {
        progress ??= startProgress({ label: 'reproduce', total, unit: 'updates' });
        progress.update(done, what);
      },
    });
    await writeFiles(folder, await reportFiles(results));
    if (record) await writeFiles(recordFolder(name), await recordFiles(results));
    progress?.finish(relative('.', folder));
    return { results, folder };
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted(
        `table "${name}" stopped; the same command continues with the trainings that are missing`,
      );
    throw error;
  } finally {
    interrupt.release();
  }
}

function describe(results: Results, folder: string): string {
  const held = results.figures.filter(({ holds }) => holds).length;
  const { machine, seeds, wallSeconds, cpuSeconds, source } = results;
  return [
    `\n${source}\n`,
    `${formatTable(resultsTable(results))}\n`,
    ...results.remarks.map((remark) => `${remark}\n`),
    `seeds     ${seeds.join(', ')}`,
    `time      ${Math.round(wallSeconds)} s, of which ${machine.cores} cores worked ${Math.round(cpuSeconds)} s`,
    `bounds    ${held} of ${results.figures.length} hold`,
    `report    ${relative('.', folder)}`,
  ].join('\n');
}

/** "3" is 0, 1, 2; "0,7" is 0 and 7. */
function readSeeds(text: string): number[] {
  if (/^\d+(,\d+)+,?$/.test(text)) {
    const seeds = text
      .split(',')
      .filter(Boolean)
      .map(integerOption('seed', 0, 0xffffffff));
    if (new Set(seeds).size < seeds.length) throw new UsageError(`--seeds ${text}: name each seed once`);
    return seeds;
  }
  const count = integerOption('--seeds', 1, 1000)(text);
  return Array.from({ length: count }, (_, seed) => seed);
}

/** "90s", "10m", or seconds without a unit. */
function readTime(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(s|m|min)?$/.exec(text) ?? [];
  const seconds = Number(number) * (unit === undefined || unit === 's' ? 1 : 60);
  if (!(seconds > 0)) throw new UsageError(`--budget ${text}: give a time such as 90s or 10m`);
  return seconds;
}
