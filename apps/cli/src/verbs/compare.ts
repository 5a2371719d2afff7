/** `orrery compare`: scorecards of runs side by side, with intervals of their differences. */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { compareRuns, comparisonTable, readScorecard, renderComparison } from '@orrery/evaluate';
import { writeFileAtomic } from '@orrery/storage';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { runPlace, runsFolder } from '../places.ts';
import { formatTable } from '../table.ts';

interface CompareOptions extends OutputOptions {
  readonly out?: string;
}

export function addCompare(program: Command): void {
  const command = program
    .command('compare')
    .description(
      'scorecards of runs side by side, with confidence intervals of their differences to the first',
    )
    .argument('<runs...>', 'two or more runs: names under runs/, or their folders')
    .option('--out <file>', 'where the page goes (default: compare.html under runs/)');
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
The runs must have been evaluated on one dataset, split and horizon. Differences are judged on the episodes that the
runs share, by drawing whole episodes again, the same for all runs. They cover which episodes were drawn, not the chance
in training: for that, train several seeds.

Example:
  orrery compare bounce-residual-conv-seed0 bounce-residual-conv-seed1`,
    )
    .action(compare);
}

async function compare(names: readonly string[], options: CompareOptions): Promise<void> {
  if (names.length < 2) throw new UsageError(`compare ${names.join(' ')}: name at least two runs`);
  const folders = names.map(runPlace);
  const twice = folders.findIndex((folder, i) => folders.indexOf(folder) !== i);
  if (twice >= 0) throw new UsageError(`compare: run "${names[twice]}" is named twice; name each once`);
  const missing = folders.findIndex((folder) => !existsSync(folder));
  if (missing >= 0)
    throw new Error(
      `run "${names[missing]}": not found at ${folders[missing]}; run "orrery train", or name another one`,
    );
  const scorecards = await Promise.all(folders.map((folder) => readScorecard(folder)));
  const comparison = compareRuns(scorecards);
  const page = resolve(options.out ?? join(runsFolder(), 'compare.html'));
  await writeFileAtomic(page, renderComparison(comparison, scorecards));
  const { dataset, episodes, protocol } = comparison;
  const [first] = comparison.runs;
  printResult(
    options,
    { ...comparison, page },
    [
      `${dataset.name} (${dataset.checksum.slice(0, 12)}), split "${dataset.split}", ${episodes} episodes in common, horizon ${protocol.horizon}`,
      `in brackets: difference to ${first!.run} and its 95 % interval; better or worse where that leaves out 0\n`,
      `${formatTable(comparisonTable(comparison))}\n`,
      `page      ${relative('.', page)}`,
    ].join('\n'),
  );
}
