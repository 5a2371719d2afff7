/** `orrery logs`: what a launched job printed. */
import { jobLogs } from '@orrery/launch';
import type { Command } from 'commander';
import { launchedRun } from '../launched.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';

export function addLogs(program: Command): void {
  const command = program
    .command('logs')
    .description('what a launched job printed')
    .argument('<run>', 'name of a run under runs/, or its folder');
  withOutputOptions(command)
    .addHelpText('after', '\nExample:\n  orrery logs bounce-diffusion-forcing-seed0 | tail')
    .action(async (run: string, options: OutputOptions) => {
      const { record } = await launchedRun(run);
      const logs = await jobLogs(record);
      printResult(options, { ids: record.ids, logs }, logs);
    });
}
