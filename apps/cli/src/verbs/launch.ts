/** `orrery launch`: a training, or the generation of a dataset, on the machines of a cluster. */
import {
  canUpload,
  engineNames,
  engineOf,
  findRecord,
  hasEnded,
  jobState,
  quote,
  requestOf,
  specMachine,
  submit,
  validate,
  type LaunchRecord,
} from '@orrery/launch';
import { precisions } from '@orrery/graph';
import { families } from '@orrery/models';
import type { Command } from 'commander';
import { unknown, UsageError } from '../errors.ts';
import { generationJob, trainingJob, type LaunchOptions } from '../launch-job.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { readOverrides } from '../overrides.ts';
import { integerOption, placeName } from '../places.ts';
import { precisionOption } from '../precision-option.ts';
import { withSettings } from '../settings.ts';
import { withDatasetOptions } from './generate.ts';
import { followJob } from './status.ts';

export function addLaunch(program: Command): void {
  const command = program
    .command('launch')
    .description(
      'train, or generate a dataset, on a cluster: Slurm, Kubernetes, SageMaker, Batch, SkyPilot, Ray',
    )
    .argument('<recipe>', 'dataset by name, or the folder of a generated one')
    .requiredOption('--on <engine>', `one of: ${engineNames.join(', ')}`)
    .option('--target <machine>', 'a machine of the catalogue (see "orrery plan --help"), or cpu', 'cpu')
    .option('--catalogue <file>', 'YAML or JSON with "chips" and "instances": machines of your own')
    .option('--instance-type <name>', 'EC2’s name, where the catalogue knows none (Trn3)')
    .option('--nodes <number>', 'machines', integerOption('--nodes', 1, 4096), 1)
    .option('--family <name>', `one of: ${Object.keys(families).join(', ')}`, 'residual-conv')
    .option('--precision <dtype>', `of matrix products: ${precisions.join(', ')}`, precisionOption, 'f32')
    .option('--run <name>', 'name of the run under runs/ (default: from dataset, family and seed)')
    .option('--shared <folder>', 'where the machines see one file system (default: they see this one)')
    .option(
      '--placed',
      'bundle and data are where the machines look for them, on engines that cannot bring them',
    )
    .option('--upload-data', 'bring the dataset there too, not only the bundle')
    .option(
      '--generate <pieces>',
      'generate the dataset instead, in so many pieces',
      integerOption('--generate', 1, 10_000),
    )
    .option('--dry-run', 'print the files and commands; write and submit nothing')
    .option('--follow', 'wait for the end');
  withOutputOptions(withSettings(withDatasetOptions(command), 'launch.slurm.partition=trn2'))
    .addHelpText(
      'after',
      `
Settings are "model.<key>", "training.<key>" (of the whole job: a batch is divided among all devices) and "launch.<key>":
"launch.python" (of the machines), "launch.minutes", "launch.cpus", "launch.cache", "launch.environment.<NAME>",
"launch.ports.<rootComm or coordinator>", "launch.logicalCores", "launch.job.mesh.<data, fsdp, sequence or tensor>", and of each engine what
--dry-run names when it is missing. The same command again continues from the last checkpoint;
on Kubernetes and SageMaker, which keep names of ended jobs, with another --set launch.name=<name>.

Tried here: Slurm and Ray, with CPUs. Not tried: any Trainium, Kubernetes, SageMaker, Batch and SkyPilot; their files are
held against the engines' own schemas.

Example:
  orrery launch bounce --on slurm --target trn2.48xlarge --nodes 4 --set training.batch=1024 --dry-run
  orrery launch bounce --on slurm --size full --generate 64 --set launch.cpus=8`,
    )
    .action(launch);
}

async function launch(recipe: string, options: LaunchOptions): Promise<void> {
  const engine = engineNames.find((known) => known === options.on);
  if (!engine) throw new UsageError(unknown('engine', options.on, engineNames));
  const overrides = await readOverrides(options.catalogue);
  const job =
    options.generate === undefined
      ? await trainingJob(recipe, engine, options, overrides)
      : await generationJob(recipe, engine, options);
  const { spec, folder, home } = job;
  const launched = { spec, folder, overrides };
  refuseProblems(launched);
  job.check();
  if (options.dryRun) return printPlan(launched, options);
  const before = await findRecord(home);
  if (before) {
    const state = await jobState(before).catch(() => 'unknown' as const);
    if (!hasEnded(state) && state !== 'unknown')
      throw new Error(`run "${home}": it is ${state} already; "orrery stop ${placeName(home)}" ends it`);
  }
  await job.prepare();
  const uploads = canUpload(engine) ? job.uploads : [];
  if (!canUpload(engine) && job.uploads.length > 0 && !options.placed) {
    const places = job.uploads.map(({ from, to }) => `${from} at ${to}`);
    throw new Error(
      `${engine} has no way to bring folders to its machines: put ${places.join(' and ')}, then launch again with --placed`,
    );
  }
  const record = await submit(home, launched, { uploads });
  const ids = Object.entries(record.ids).map(([step, id]) => `${step} ${id}`);
  if (options.follow) return followJob({ home, record }, options);
  printResult(
    options,
    { home, record },
    `launched  ${placeName(home)} on ${engine}: ${ids.join(', ')}\n          orrery status ${placeName(home)}`,
  );
}

export function refuseProblems({ spec, overrides }: Pick<LaunchRecord, 'spec' | 'overrides'>): void {
  let machine;
  try {
    machine = specMachine(spec, overrides);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const problems = validate(spec, machine);
  for (const { severity, message } of problems) if (severity === 'warning') note(`warning: ${message}`);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new UsageError(errors.map(({ message }) => message).join('; '));
  if (machine && spec.job.kind !== 'generate')
    note(
      `note: this project never ran on a ${machine.instance.chip}; what it does there is what its makers document`,
    );
}

/** The files, and the commands that would submit them. */
export function printPlan(
  launched: Pick<LaunchRecord, 'spec' | 'folder' | 'overrides'>,
  options: OutputOptions,
): void {
  const request = requestOf(launched);
  const engine = engineOf(launched.spec.engine);
  const files = engine.files(request);
  const ids: Record<string, string> = {};
  const commands = engine.submit(request).map((step) => {
    const command = step.command(ids);
    ids[step.name] = `<${step.name}>`;
    return command;
  });
  const problems = validate(launched.spec, request.machine);
  const text = [
    ...Object.entries(files).map(([name, content]) => `==> ${launched.folder}/${name}\n${content}`),
    '==> commands',
    ...commands.map((command) => command.map(quote).join(' ')),
  ];
  printResult(options, { ...launched, problems, files, commands }, text.join('\n'));
}
