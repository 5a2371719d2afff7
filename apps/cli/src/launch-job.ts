/** What `orrery launch` makes of a recipe: the spec, where its files lie, and the bundle. */
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBundle, type BundleOptions } from '@orrery/bundle';
import { openFolder } from '@orrery/dataset/node';
import { datasets } from '@orrery/datasets';
import {
  demandOf,
  estimate,
  layoutOf,
  runSpecSchema,
  specMachine,
  type EngineName,
  type Mesh,
  type Overrides,
  type RunSpec,
  type Upload,
  workload,
} from '@orrery/launch';
import type { Precision } from '@orrery/graph';
import { families, family } from '@orrery/models';
import { trainingSchema } from '@orrery/train';
import { z } from 'zod';
import { unknown, UsageError } from './errors.ts';
import { describeIssues } from './issues.ts';
import { note, type OutputOptions } from './output.ts';
import { datasetPlace, runPlace } from './places.ts';
import { gitRevision } from './revision.ts';
import { readSettings, type SettingSources } from './settings.ts';
import { datasetSpec } from './verbs/generate.ts';
import { worldOf } from './world.ts';
import { datasetFolder, defaultRun } from './verbs/train.ts';

export interface LaunchOptions extends OutputOptions, SettingSources {
  readonly on: string;
  readonly target: string;
  readonly catalogue?: string;
  readonly instanceType?: string;
  readonly nodes: number;
  readonly family: string;
  readonly size: string;
  readonly seed: number;
  readonly precision: Precision;
  readonly run?: string;
  readonly shared?: string;
  readonly uploadData?: boolean;
  readonly placed?: boolean;
  readonly generate?: number;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
}

export interface Job {
  readonly spec: RunSpec;
  /** Of the engine's files. */
  readonly folder: string;
  /** The local run folder. */
  readonly home: string;
  /** What the machines need and lies here. */
  readonly uploads: readonly Upload[];
  /** Whether the machines can share the work. @throws where they cannot; a warning where memory will not do */
  check(): void;
  /** Makes what the spec speaks of. */
  prepare(): Promise<void>;
}

export const launchSettings = z.record(z.string(), z.unknown()).default({});

export async function trainingJob(
  recipe: string,
  engine: EngineName,
  options: LaunchOptions,
  overrides: Overrides | undefined,
): Promise<Job> {
  const { precision } = options;
  if (!Object.hasOwn(families, options.family))
    throw new UsageError(unknown('family', options.family, Object.keys(families)));
  const schema = z.strictObject({
    model: family(options.family).config.prefault({}),
    training: trainingSchema.prefault({}),
    launch: launchSettings,
  });
  refuseUnseen(engine, options.shared);
  const { training } = families[options.family]!;
  const settings = await readSettings(schema, options, { training: { ...training, seed: options.seed } });
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
    check() {
      if (wanted.kind !== 'train') return;
      const machine = specMachine(spec, overrides);
      const { processes, devices } = layoutOf(spec, machine);
      const { model: config, training } = settings;
      const cuts = cutsOf(wanted.mesh, processes * devices);
      const share = training.batch / cuts.clips;
      if (!Number.isInteger(share))
        throw new UsageError(
          cuts.named
            ? `training.batch ${training.batch}: launch.job.mesh cuts it into ${cuts.clips} (data x fsdp), which does not divide it; set a multiple, or other axes`
            : `training.batch ${training.batch}: ${cuts.clips} devices cannot share it evenly; set a multiple, or axes with launch.job.mesh`,
        );
      if (!machine) return;
      const world = worldOf(about, families[options.family]!);
      const load = workload({
        family: options.family,
        config,
        world,
        training: { ...training, batch: share },
      });
      const { nodes, logicalCores } = spec;
      const { memory } = estimate(demandOf(load, share, precision), machine, {
        ...{ nodes, logicalCores, stateShards: cuts.state },
      });
      const gib = (bytes: number) => (bytes / 2 ** 30).toPrecision(3);
      if (memory.fits !== 'yes')
        note(
          `warning: a device needs ${gib(memory.needed)} GiB of ${gib(memory.available)}; ${memory.fits === 'no' ? 'lower training.batch, or choose a smaller model' : 'divide the state among more devices with launch.job.mesh.fsdp'}`,
        );
    },
    async prepare() {
      const { target } = specMachine(spec, overrides)?.chip ?? {};
      const mesh = wanted.kind === 'train' ? wanted.mesh : {};
      await makeBundle({ ...request, out: places.localBundle, precision, target, mesh });
    },
  };
}

/**
 * Into how many parts a mesh cuts a batch of clips, and the state: as the bundle's layout does. What `sequence` and
 * `tensor` spare of the activations is not counted.
 */
function cutsOf(mesh: Mesh, devices: number) {
  if (Object.keys(mesh).length === 0) return { named: false, clips: devices, state: 1 };
  const { data = 1, fsdp = 1, tensor = 1 } = mesh;
  return { named: true, clips: data * fsdp, state: fsdp * tensor };
}

/** Says what became of it where that takes a while. */
export async function makeBundle(wanted: BundleOptions): Promise<void> {
  if (!existsSync(wanted.out)) note(`launch: writing the bundle ${wanted.out}`);
  const made = await ensureBundle(wanted);
  if (made.done === 'replaced')
    note(`launch: wrote the bundle ${wanted.out} anew: it had ${made.changes.join(', ')}`);
}

export async function generationJob(
  recipe: string,
  engine: EngineName,
  options: LaunchOptions,
): Promise<Job> {
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
  return { spec, home, folder, uploads: [], check: () => {}, prepare: async () => {} };
}

/** Slurm and Ray read their files where they are written. */
export function refuseUnseen(engine: EngineName, shared: string | undefined): void {
  if (shared !== undefined && !isAbsolute(shared))
    throw new UsageError(`--shared ${shared}: give an absolute path, as the machines see it`);
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

/** A label of DNS, as engines want names: it begins with a letter. @throws where a name has nothing to make one of */
export function specName(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  if (words === '')
    throw new UsageError(
      `run "${name}": it has no letter or digit for the name of a job; give another --run`,
    );
  return (/^[a-z]/.test(words) ? words : `run-${words}`).slice(0, 40).replace(/-+$/, '');
}

const bin = fileURLToPath(new URL('../bin/orrery.js', import.meta.url));

/** Settings that options have, which would otherwise say something else. */
const OPTIONS: Readonly<Record<string, string>> = {
  ...{ engine: '--on', target: '--target', nodes: '--nodes', instanceType: '--instance-type' },
};

/** @param decided fields of the job that follow from options; data may lie elsewhere for the machines */
function refuseDecided(
  settings: Readonly<Record<string, unknown>>,
  job: unknown,
  decided: readonly string[],
): void {
  for (const [name, value] of Object.entries(settings))
    if (Object.hasOwn(OPTIONS, name))
      throw new UsageError(`launch.${name} ${JSON.stringify(value)}: say it with ${OPTIONS[name]}`);
  for (const [name, value] of Object.entries(job ?? {}))
    if (decided.includes(name) && name !== 'data')
      throw new UsageError(
        `launch.job.${name} ${JSON.stringify(value)}: it follows from arguments and options; see --help`,
      );
}

export function parseSpec(
  engine: EngineName,
  {
    target,
    nodes,
    instanceType,
    shared,
  }: Pick<LaunchOptions, 'target' | 'nodes' | 'instanceType' | 'shared'>,
  settings: Readonly<Record<string, unknown>>,
  own: { readonly name: string; readonly job: object },
): RunSpec {
  const { job = {}, ...rest } = settings;
  refuseDecided(rest, job, Object.keys(own.job));
  const value = {
    ...{ engine, target, nodes, name: own.name },
    ...(instanceType !== undefined && { instanceType }),
    // Machines that see this file system start the same program.
    ...(shared === undefined &&
      ['slurm', 'ray'].includes(engine) && { orrery: [process.execPath, bin], workdir: resolve('.') }),
    ...rest,
    job: typeof job === 'object' ? { ...own.job, ...job } : job,
  };
  const parsed = runSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(describeIssues(parsed.error, value, ['launch']));
}
