/** `orrery stop`: ends a launched job. */
import { hasEnded, stopJob } from '@orrery/launch';
import type { Command } from 'commander';
import { describeState, launchedRun, reached } from '../launched.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';

export function addStop(program: Command): void {
  const command = program
    .command('stop')
    .description('end a launched job, and wait until it has; a training writes a checkpoint first')
    .argument('<run>', 'name of a run under runs/, or its folder');
  withOutputOptions(command)
    .addHelpText('after', '\nExample:\n  orrery stop bounce-diffusion-forcing-seed0')
    .action(async (run: string, options: OutputOptions) => {
      const { record } = await launchedRun(run);
      const state = await stopJob(record);
      if (!hasEnded(state))
        throw new Error(
          `run "${run}": it is still ${state}; ask again with "orrery status", or end it with ${record.spec.engine}'s own tools`,
        );
      const at = await reached(record);
      printResult(options, { state, reached: at ?? null }, describeState(state, at));
    });
}
