/** The `orrery` command: one file a verb in `verbs/`. Results go to standard output, progress to standard error. */
import { Command, CommanderError } from 'commander';
import { Interrupted, UsageError } from './errors.ts';
import { addAssemble } from './verbs/assemble.ts';
import { addBench } from './verbs/bench.ts';
import { addCluster } from './verbs/cluster.ts';
import { addCompare } from './verbs/compare.ts';
import { addConvert } from './verbs/convert.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addEvaluate } from './verbs/evaluate.ts';
import { addExport } from './verbs/export.ts';
import { addGenerate } from './verbs/generate.ts';
import { addInspect } from './verbs/inspect.ts';
import { addFetch } from './verbs/fetch.ts';
import { addLaunch } from './verbs/launch.ts';
import { addLogs } from './verbs/logs.ts';
import { addMonitor } from './verbs/monitor.ts';
import { addPlan } from './verbs/plan.ts';
import { addReproduce } from './verbs/reproduce.ts';
import { addServe } from './verbs/serve.ts';
import { addStart } from './verbs/start.ts';
import { addStatus } from './verbs/status.ts';
import { addStop } from './verbs/stop.ts';
import { addTrain } from './verbs/train.ts';
import { addVerify } from './verbs/verify.ts';
import { addView } from './verbs/view.ts';

const OVERVIEW = `
Examples:
  orrery start                          the whole way: generate, train, evaluate, view
  orrery generate bounce                simulate and render a dataset into data/
  orrery inspect bounce-small           contact sheet, video and statistics of it
  orrery train bounce --seed 1          train a world model on it into runs/
  orrery evaluate bounce-residual-conv-seed1
  orrery compare bounce-residual-conv-seed0 bounce-residual-conv-seed1
  orrery plan push --frames 1e9         time and cost of a recipe on other machines
  orrery launch bounce --on slurm       train on a cluster; status, logs, stop and fetch follow
  orrery serve bounce-residual-conv-seed0 --on kubernetes
                                        answer over HTTP with what a model imagines
  orrery reproduce hnn                  a published table anew, its rows beside ours
  orrery view                           compare predicted with true in the browser

"orrery <verb> --help" shows the options and an example of each verb.`;

/** Runs the command line and returns the exit code: 0 done, 1 failed, 2 called wrongly, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('orrery')
    .description('Physics world models: ground truth, training, evaluation and viewer')
    .version('0.1.0')
    .addHelpText('after', OVERVIEW)
    // One line, whatever commander adds to it.
    .configureOutput({
      outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}; see --help\n`),
    })
    .exitOverride();
  for (const add of [
    ...[addStart, addGenerate, addAssemble, addVerify, addInspect, addConvert],
    ...[
      addTrain,
      addEvaluate,
      addCompare,
      addExport,
      addPlan,
      addCluster,
      addLaunch,
      addStatus,
      addLogs,
      addStop,
      addFetch,
      addMonitor,
      addServe,
      addReproduce,
      addView,
      addBench,
      addDoctor,
    ],
  ])
    add(program);
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
    return report(error, argv.includes('--verbose'));
  }
}

function report(error: unknown, verbose: boolean): number {
  const line = (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
  // A bar may stand on the terminal's line.
  const clear = process.stderr.isTTY ? '\r\x1b[2K' : '';
  process.stderr.write(`${clear}${error instanceof Interrupted ? '' : 'error: '}${line}\n`);
  if (verbose && error instanceof Error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      process.stderr.write(`${cause.stack ?? cause.message}\n`);
  }
  if (error instanceof Interrupted) return 130;
  return error instanceof UsageError ? 2 : 1;
}

// A reader that went away ("orrery ... | head") is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
