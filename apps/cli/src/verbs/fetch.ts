/** `orrery fetch`: brings the run folder of a launched job home. */
import { fetchRun } from '@orrery/launch';
import type { Command } from 'commander';
import { launchedRun } from '../launched.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';

export function addFetch(program: Command): void {
  const command = program
    .command('fetch')
    .description('bring the run folder of a launched job home, as if it had been trained here')
    .argument('<run>', 'name of a run under runs/, or its folder');
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
"orrery evaluate <run>" then judges it.

Example:
  orrery fetch bounce-diffusion-forcing-seed0`,
    )
    .action(async (run: string, options: OutputOptions) => {
      const { home, record } = await launchedRun(run);
      const folder = record.spec.job.kind === 'train' ? home : home.replace(/\.launch$/, '');
      const copied = await fetchRun(record, folder);
      printResult(options, { folder, copied }, `fetched   ${folder}${copied ? '' : ' (it is here already)'}`);
    });
}
