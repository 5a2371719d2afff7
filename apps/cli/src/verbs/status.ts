/** `orrery status`: what became of a launched job. */
import { hasEnded, jobState, waitForEnd, type JobState } from '@orrery/launch';
import type { Command } from 'commander';
import { Interrupted } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { describeState, launchedRun, progressOf, reached, type Launched } from '../launched.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('what became of a launched job: waiting, running, how far, ended')
    .argument(
      '<run>',
      'name of a run under runs/, or its folder; of a generation <dataset folder>.launch, of a service <run>.serve',
    )
    .option('--follow', 'wait for the end');
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Exits with 1 where the job failed.

Example:
  orrery status bounce-diffusion-forcing-seed0 --follow`,
    )
    .action(async (run: string, options: OutputOptions & { follow?: boolean }) => {
      const launched = await launchedRun(run);
      if (options.follow) return followJob(launched, options);
      await report(launched, await jobState(launched.record), options);
    });
}

/** Tells each change on standard error until the job has ended. */
export async function followJob(launched: Launched, options: OutputOptions): Promise<void> {
  const interrupt = onInterrupt(() => {});
  const progress = progressOf(launched.record);
  let last = '';
  try {
    const state = await waitForEnd(launched.record, {
      signal: interrupt.signal,
      async onState(now) {
        const line = describeState(now, await progress());
        if (line !== last) note(`${launched.record.spec.name}: ${line}`);
        last = line;
      },
    });
    await report(launched, state, options);
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted('no longer followed; the job goes on, and "orrery stop" ends it');
    throw error;
  } finally {
    interrupt.release();
  }
}

async function report({ home, record }: Launched, state: JobState, options: OutputOptions): Promise<void> {
  const at = await reached(record);
  const { engine, target, nodes, job } = record.spec;
  const count = job.kind === 'serve' ? job.replicas : nodes;
  const ids = Object.entries(record.ids).map(([step, id]) => `${step} ${id}`);
  printResult(
    options,
    { home, state, ended: hasEnded(state), reached: at ?? null, engine, target, nodes, ids: record.ids },
    `${describeState(state, at)}\n          ${count} x ${target} on ${engine}: ${ids.join(', ')}; submitted ${record.submitted}`,
  );
  if (state === 'failed') process.exitCode = 1;
}
