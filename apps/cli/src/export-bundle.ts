/** `orrery export --format stablehlo`: a recipe, or a run that is to go on, as a bundle for accelerators. */
import { relative, resolve } from 'node:path';
import { meshAxes, writeBundle, type Bundle } from '@orrery/bundle';
import { openFolder } from '@orrery/dataset/node';
import type { Precision } from '@orrery/graph';
import type { NeuronTarget } from '@orrery/neuron';
import { findRun, listCheckpoints, readCheckpoint } from '@orrery/train';
import type { CheckpointInfo, Run, TrainingRequest } from '@orrery/train';
import { UsageError } from './errors.ts';
import { runPlace } from './places.ts';
import { gitRevision } from './revision.ts';
import type { SettingSources } from './settings.ts';
import { datasetFolder, defaultRun, trainingSettings } from './verbs/train.ts';

export interface BundleExportOptions extends SettingSources {
  readonly out?: string;
  readonly batch: number;
  readonly family: string;
  readonly size: string;
  readonly seed: number;
  readonly precision: Precision;
  readonly mesh?: Partial<Bundle['mesh']>;
  readonly target?: NeuronTarget;
  readonly composites?: boolean;
}

interface Start {
  readonly step: number;
  readonly state: Awaited<ReturnType<typeof readCheckpoint>>['arrays'];
}

/** @param what a run, or a dataset to train on as `orrery train` takes it */
export async function exportBundle(what: string, options: BundleExportOptions) {
  const { request, start, out } = (await fromRun(what, options)) ?? (await fromRecipe(what, options));
  const folder = resolve(options.out ?? out);
  const { precision, mesh, batch, target, composites } = options;
  const written = await writeBundle({
    ...request,
    out: folder,
    precision,
    mesh,
    batch,
    target,
    composites,
    start,
  });
  return { folder, family: String(request.family), ...written };
}

/** Where there is such a run: its settings, and the newest state that it reached. */
async function fromRun(
  what: string,
  { set, config }: BundleExportOptions,
): Promise<{ request: TrainingRequest; start: Start | undefined; out: string } | undefined> {
  const folder = runPlace(what);
  const run = await findRun(folder);
  if (!run) return undefined;
  if (set !== undefined || config !== undefined)
    throw new UsageError(
      `export ${what}: a run has its settings; leave --set and --config out, or name a dataset`,
    );
  const newest = (await listCheckpoints(folder)).at(-1);
  const start = newest && (await startFrom(folder, newest));
  return { request: await requestOf(run), start, out: `${folder}/export-stablehlo` };
}

/** What a run was trained with, for a bundle of the same. */
export async function requestOf(run: Run): Promise<TrainingRequest> {
  const { family, training, dataset, revision, config } = run;
  const data = await openFolder(dataset.path);
  return { family, training, revision, config, dataset: data, datasetPath: dataset.path };
}

export async function startFrom(folder: string, checkpoint: CheckpointInfo): Promise<Start> {
  return { step: checkpoint.step, state: (await readCheckpoint(folder, checkpoint)).arrays };
}

async function fromRecipe(what: string, options: BundleExportOptions) {
  const { family, seed, size } = options;
  const { model, training } = await trainingSettings(family, seed, options);
  const path = await datasetFolder(what, { size, seed });
  const dataset = await openFolder(path);
  const { spec, size: made } = dataset.manifest;
  const revision = await gitRevision();
  const request: TrainingRequest = { family, config: model, training, dataset, datasetPath: path, revision };
  const name = defaultRun(made === 'small' ? spec.name : `${spec.name}-${made}`, family, seed);
  return { request, start: undefined, out: `${name}-bundle` };
}

/** "data=8,tensor=4" */
export function meshOption(text: string): Partial<Bundle['mesh']> {
  const sizes = text.split(',').map((part) => {
    const [, axis, size] = /^(\w+)=([1-9]\d*)$/.exec(part) ?? [];
    const known = meshAxes.find((name) => name === axis);
    if (known) return [known, Number(size)] as const;
    throw new UsageError(
      `--mesh ${text}: "${part}" is no axis; write such as data=8,fsdp=4,sequence=2,tensor=2`,
    );
  });
  return Object.fromEntries(sizes);
}

export function describeBundle({
  folder,
  family,
  bundle,
  flops,
}: Awaited<ReturnType<typeof exportBundle>>): string {
  const gigaflops = (flops.train.modelFlops / 1e9).toPrecision(3);
  return [
    `bundle    ${relative('.', folder)}`,
    `          ${family}, ${flops.parameters} parameters, ${bundle.precision}, ${gigaflops} model GFLOP an update of ${flops.batch} clips`,
    `run it    python ${relative('.', folder)}/run.py ${relative('.', folder)} --data <dataset folder> --out <run folder>`,
  ].join('\n');
}
