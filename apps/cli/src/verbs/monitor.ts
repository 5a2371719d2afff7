/** `orrery monitor`: what the monitors of accelerators print, as one series beside a training's own. */
import { createReadStream, existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import {
  catalogue,
  findRecord,
  modelUtilization,
  readDcgm,
  readNeuronMonitor,
  type LaunchRecord,
  type Reading,
} from '@orrery/launch';
import { precisions, type Precision } from '@orrery/graph';
import { explainFileError } from '@orrery/storage';
import type { Command } from 'commander';
import { unknown, UsageError } from '../errors.ts';
import { newestUpdate } from '../launched.ts';
import { readOverrides } from '../overrides.ts';
import { integerOption, runPlace } from '../places.ts';
import { withOutputOptions, type OutputOptions } from '../output.ts';
import { precisionOption } from '../precision-option.ts';
import { targetMachine } from '../target-machine.ts';

interface MonitorOptions extends OutputOptions {
  readonly target: string;
  readonly precision?: Precision;
  readonly catalogue?: string;
  readonly nodes?: number;
  readonly from?: string;
  readonly run?: string;
}

const kinds = ['neuron-monitor', 'dcgm'] as const;

export function addMonitor(program: Command): void {
  const command = program
    .command('monitor')
    .description('what neuron-monitor or DCGM say, as JSON lines beside the MFU of a training')
    .argument('<kind>', `one of: ${kinds.join(', ')}`)
    .requiredOption('--target <machine>', 'the machine on which it was printed, of the catalogue')
    .option(
      '--precision <dtype>',
      `whose peak utilisation is of: ${precisions.join(', ')} (default: of a launched run, its own; without a run, bf16)`,
      precisionOption,
    )
    .option(
      '--catalogue <file>',
      'YAML or JSON with "chips" and "instances" (default: of a launched run, its own)',
    )
    .option('--from <file>', 'read this file (default: standard input)')
    .option('--run <name>', 'a run, whose newest model FLOPs go with each line')
    .option(
      '--nodes <number>',
      'machines that the run trains on (default: of a launched one, its own; else 1)',
      integerOption('--nodes', 1, 4096),
    );
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Each line is JSON already. "hfu" is what the hardware did, recomputation and transposes too; "model.mfu" is what the model
needed. Both name their peak. Neither monitor was read on a Trainium or a GPU by this project.

Example:
  orrery monitor dcgm --target p5en.48xlarge --from metrics.txt
  neuron-monitor | orrery monitor neuron-monitor --target trn2.48xlarge --run bounce-diffusion-forcing-seed0`,
    )
    .action(monitor);
}

async function monitor(kind: string, options: MonitorOptions): Promise<void> {
  const { from } = options;
  const known = kinds.find((one) => one === kind);
  if (!known) throw new UsageError(unknown('kind', kind, kinds));
  const run = options.run === undefined ? undefined : await runOf(options.run);
  const precision = precisionOf(options, run);
  const machines = catalogue((await readOverrides(options.catalogue)) ?? run?.record?.overrides);
  const machine = targetMachine(options.target, machines);
  const nodes = options.nodes ?? run?.record?.spec.nodes ?? 1;
  const newest = run && newestUpdate(run.folder);
  const input = from === undefined ? process.stdin : createReadStream(from);
  const print = async (reading: Reading) => {
    // A file does not say when it was printed.
    const at = from === undefined ? { at: new Date().toISOString() } : {};
    const last = await newest?.();
    const model = last && { step: last.step, model: modelUtilization(last, machine, nodes, precision) };
    process.stdout.write(`${JSON.stringify({ ...at, ...reading, ...model })}\n`);
  };
  try {
    if (known === 'dcgm') return await print(readDcgm(await text(input)));
    for await (const line of createInterface({ input }))
      if (line.trim() !== '') await print(readNeuronMonitor(line, machine, precision));
  } catch (error) {
    throw explainFileError(error, `cannot read ${from ?? 'standard input'}`);
  }
}

interface WatchedRun {
  readonly name: string;
  /** Where it writes its metrics. */
  readonly folder: string;
  /** Of one that was launched. */
  readonly record: LaunchRecord | undefined;
}

async function runOf(name: string): Promise<WatchedRun> {
  const home = runPlace(name);
  if (!existsSync(home)) throw new UsageError(`--run ${name}: there is no folder ${home}; name a run`);
  const record = await findRecord(home);
  const job = record?.spec.job;
  return { name, folder: job && 'out' in job ? job.out : home, record };
}

function precisionOf({ precision }: MonitorOptions, run: WatchedRun | undefined): Precision {
  if (precision) return precision;
  if (!run) return 'bf16';
  const job = run.record?.spec.job;
  if (job?.kind === 'train') return job.precision;
  throw new UsageError(
    `--run ${run.name}: it was not launched, and does not say what its products compute in; give --precision`,
  );
}
