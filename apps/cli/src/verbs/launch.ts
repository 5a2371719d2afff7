/** `orrery launch`: a training, or the generation of a dataset, on the machines of a cluster. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBundle, writeBundle, type BundleOptions } from '@orrery/bundle';
import { openFolder } from '@orrery/dataset/node';
import { datasets } from '@orrery/datasets';
import {
  canUpload,
  engineNames,
  engineOf,
  findRecord,
  hasEnded,
  jobState,
  layoutOf,
  requestOf,
  runSpecSchema,
  specMachine,
  submit,
  validate,
  type EngineName,
  type LaunchRecord,
  type RunSpec,
  type Upload,
} from '@orrery/launch';
import { families, family } from '@orrery/models';
import { configHash, planRun, trainingSchema } from '@orrery/train';
import type { Command } from 'commander';
import { z } from 'zod';
import { unknown, UsageError } from '../errors.ts';
import { describeIssues } from '../issues.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetPlace, integerOption, runPlace } from '../places.ts';
import { gitRevision } from '../revision.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';
import { datasetSpec, withDatasetOptions } from './generate.ts';
import { followJob } from './status.ts';
import { datasetFolder, defaultRun } from './train.ts';

interface LaunchOptions extends OutputOptions, SettingSources {
  readonly on: string;
  readonly target: string;
  readonly instanceType?: string;
  readonly nodes: number;
  readonly family: string;
  readonly size: string;
  readonly seed: number;
  readonly precision: string;
  readonly run?: string;
  readonly shared?: string;
  readonly uploadData?: boolean;
  readonly generate?: number;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
}

export function addLaunch(program: Command): void {
  const command = program
    .command('launch')
    .description(
      'train, or generate a dataset, on a cluster: Slurm, Kubernetes, SageMaker, Batch, SkyPilot, Ray',
    )
    .argument('<recipe>', 'dataset by name, or the folder of a generated one')
    .requiredOption('--on <engine>', `one of: ${engineNames.join(', ')}`)
    .option('--target <machine>', 'a machine of the catalogue (see "orrery plan --help"), or cpu', 'cpu')
    .option('--instance-type <name>', 'EC2’s name, where the catalogue knows none (Trn3)')
    .option('--nodes <number>', 'machines', integerOption('--nodes', 1, 4096), 1)
    .option('--family <name>', `one of: ${Object.keys(families).join(', ')}`, 'residual-conv')
    .option('--precision <dtype>', 'of matrix products: f32 or bf16', 'f32')
    .option('--run <name>', 'name of the run under runs/ (default: from dataset, family and seed)')
    .option('--shared <folder>', 'where the machines see one file system (default: they see this one)')
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
"launch.ports.<rootComm or coordinator>", "launch.logicalCores", "launch.job.mesh.<data, fsdp or tensor>", and of each engine what
--dry-run names when it is missing. The same command again continues from the last checkpoint.

Tried here: Slurm and Ray, with CPUs. Not tried: any Trainium, Kubernetes, SageMaker, Batch and SkyPilot; their files are
held against the engines' own schemas.

Example:
  orrery launch bounce --on slurm --target trn2.48xlarge --nodes 4 --family diffusion-forcing --dry-run
  orrery launch bounce --on slurm --size full --generate 64 --set launch.cpus=8`,
    )
    .action(launch);
}

async function launch(recipe: string, options: LaunchOptions): Promise<void> {
  const engine = engineNames.find((known) => known === options.on);
  if (!engine) throw new UsageError(unknown('engine', options.on, engineNames));
  const job =
    options.generate === undefined
      ? await training(recipe, engine, options)
      : await generation(recipe, engine, options);
  const { spec, folder, home } = job;
  const launched = { spec, folder };
  refuseProblems(spec);
  if (options.dryRun) return printPlan(launched, options);
  const before = await findRecord(home);
  if (before) {
    const state = await jobState(before).catch(() => 'unknown' as const);
    if (!hasEnded(state) && state !== 'unknown')
      throw new Error(`run "${home}": it is ${state} already; "orrery stop ${basename(home)}" ends it`);
  }
  await job.prepare();
  const uploads = canUpload(engine) ? job.uploads : [];
  for (const { from, to } of canUpload(engine) ? [] : job.uploads)
    note(`launch: put ${from} at ${to} of the machines; ${engine} has no way to bring it there`);
  const record = await submit(home, launched, { uploads });
  const ids = Object.entries(record.ids).map(([step, id]) => `${step} ${id}`);
  if (options.follow) return followJob({ home, record }, options);
  printResult(
    options,
    { home, record },
    `launched  ${basename(home)} on ${engine}: ${ids.join(', ')}\n          orrery status ${basename(home)}`,
  );
}

interface Job {
  readonly spec: RunSpec;
  /** Of the engine's files. */
  readonly folder: string;
  /** The local run folder. */
  readonly home: string;
  /** What the machines need and lies here. */
  readonly uploads: readonly Upload[];
  /** Makes what the spec speaks of. */
  prepare(): Promise<void>;
}

const launchSettings = z.record(z.string(), z.unknown()).default({});

async function training(recipe: string, engine: EngineName, options: LaunchOptions): Promise<Job> {
  const { precision } = options;
  if (precision !== 'f32' && precision !== 'bf16')
    throw new UsageError(unknown('precision', precision, ['f32', 'bf16']));
  if (!Object.hasOwn(families, options.family))
    throw new UsageError(unknown('family', options.family, Object.keys(families)));
  const schema = z.strictObject({
    model: family(options.family).config.prefault({}),
    training: trainingSchema.prefault({}),
    launch: launchSettings,
  });
  refuseUnseen(engine, options.shared);
  const settings = await readSettings(schema, options, { training: { seed: options.seed } });
  const datasetPath = await datasetFolder(recipe, options);
  const dataset = await openFolder(datasetPath);
  const { spec: about, size } = dataset.manifest;
  const run =
    options.run ??
    defaultRun(size === 'small' ? about.name : `${about.name}-${size}`, options.family, options.seed);
  const home = runPlace(run);
  const places = sharedPlaces(options.shared, home);
  const spec = parseSpec(engine, options, settings.launch, {
    name: specName(basename(home)),
    job: {
      kind: 'train',
      precision,
      bundle: places.bundle,
      data: options.shared === undefined ? datasetPath : `${options.shared}/data/${basename(datasetPath)}`,
      out: places.out,
    },
  });
  const request = {
    ...{ family: options.family, config: settings.model, training: settings.training },
    ...{ dataset, datasetPath, revision: await gitRevision() },
  };
  const { job: wanted } = spec;
  const elsewhere = options.shared !== undefined && !existsSync(options.shared) && wanted.kind === 'train';
  return {
    ...{ spec, home, folder: places.folder },
    uploads: elsewhere
      ? [
          { from: places.localBundle, to: wanted.bundle },
          ...(options.uploadData ? [{ from: datasetPath, to: wanted.data }] : []),
        ]
      : [],
    async prepare() {
      const { processes, devices } = layoutOf(spec, specMachine(spec));
      const { batch } = settings.training;
      if (
        batch % (processes * devices) !== 0 &&
        spec.job.kind === 'train' &&
        Object.keys(spec.job.mesh).length === 0
      )
        throw new UsageError(
          `training.batch ${batch}: ${processes * devices} devices cannot share it evenly; set a multiple, or axes with launch.job.mesh`,
        );
      const { target } = specMachine(spec)?.chip ?? {};
      const mesh = spec.job.kind === 'train' ? spec.job.mesh : {};
      await makeBundle({ ...request, out: places.localBundle, precision, target, mesh });
    },
  };
}

/** Writes the bundle, or finds that it is there and says the same. */
async function makeBundle(wanted: BundleOptions): Promise<void> {
  const { out, precision, target } = wanted;
  if (!existsSync(out)) {
    note(`launch: writing the bundle ${out}`);
    await writeBundle(wanted);
    return;
  }
  const { bundle } = await readBundle(out);
  const { run } = await planRun(wanted);
  if (bundle.config === configHash(run) && bundle.precision === precision && bundle.target === target) return;
  throw new Error(
    `bundle ${out}: it was made with other settings; launch with another --run, or remove it to start over`,
  );
}

async function generation(recipe: string, engine: EngineName, options: LaunchOptions): Promise<Job> {
  if (!Object.hasOwn(datasets, recipe))
    throw new UsageError(unknown('dataset', recipe, Object.keys(datasets)));
  const own = (options.set ?? []).filter((setting) => !setting.startsWith('launch.'));
  const settings = await readSettings(z.strictObject({ launch: launchSettings }), {
    config: options.config,
    set: (options.set ?? []).filter((setting) => setting.startsWith('launch.')),
  });
  await datasetSpec(recipe, options.size, { set: own });
  const place =
    options.run === undefined ? datasetPlace(recipe, options.size, options.seed) : resolve(options.run);
  if (own.length > 0 && options.run === undefined)
    throw new UsageError(
      'a dataset with changed settings needs a folder of its own; name it with --run <folder>',
    );
  refuseUnseen(engine, options.shared);
  const home = `${place}.launch`;
  const out = options.shared === undefined ? place : `${options.shared}/data/${basename(place)}`;
  const spec = parseSpec(engine, options, settings.launch, {
    name: specName(basename(place)),
    job: {
      ...{ kind: 'generate', dataset: recipe, size: options.size, seed: options.seed, out },
      ...{ pieces: options.generate, settings: own },
    },
  });
  const folder =
    options.shared === undefined || !existsSync(options.shared)
      ? home
      : `${options.shared}/launch/${spec.name}`;
  return { spec, home, folder, uploads: [], prepare: async () => {} };
}

/** Slurm and Ray read their files where they are written. */
function refuseUnseen(engine: EngineName, shared: string | undefined): void {
  if (shared === undefined || existsSync(shared) || !['slurm', 'ray'].includes(engine)) return;
  throw new UsageError(
    `--shared ${shared}: not to be seen from here, and ${engine} reads its files there; launch where it is mounted`,
  );
}

/** Where bundle, run and engine's files lie, for the job's machines and from here. */
function sharedPlaces(shared: string | undefined, home: string) {
  if (shared === undefined) {
    const bundle = join(home, 'bundle');
    return { bundle, localBundle: bundle, out: home, folder: join(home, 'launch') };
  }
  const there = `${shared}/${basename(home)}`;
  const visible = existsSync(shared);
  return {
    ...{ bundle: `${there}/bundle`, out: `${there}/run` },
    localBundle: visible ? `${there}/bundle` : join(home, 'bundle'),
    folder: visible ? `${there}/launch` : join(home, 'launch'),
  };
}

/** A label of DNS, as engines want names. */
function specName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}

const bin = fileURLToPath(new URL('../../bin/orrery.js', import.meta.url));

function parseSpec(
  engine: EngineName,
  { target, nodes, instanceType, shared }: LaunchOptions,
  settings: Readonly<Record<string, unknown>>,
  own: { readonly name: string; readonly job: object },
): RunSpec {
  const { job, ...rest } = settings;
  const value = {
    ...{ engine, target, nodes, name: own.name },
    ...(instanceType !== undefined && { instanceType }),
    // Machines that see this file system start the same program.
    ...(shared === undefined &&
      ['slurm', 'ray'].includes(engine) && { orrery: [process.execPath, bin], workdir: resolve('.') }),
    ...rest,
    job: { ...own.job, ...(job as object | undefined) },
  };
  const parsed = runSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(describeIssues(parsed.error, value, ['launch']));
}

function refuseProblems(spec: RunSpec): void {
  let machine;
  try {
    machine = specMachine(spec);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const problems = validate(spec, machine);
  for (const { severity, message } of problems) if (severity === 'warning') note(`warning: ${message}`);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new UsageError(errors.map(({ message }) => message).join('; '));
}

/** The files, and the commands that would submit them. */
function printPlan(launched: Pick<LaunchRecord, 'spec' | 'folder'>, options: LaunchOptions): void {
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
    ...commands.map((command) => command.join(' ')),
  ];
  printResult(options, { ...launched, problems, files, commands }, text.join('\n'));
}
