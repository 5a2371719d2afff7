/** What `orrery serve` makes of a trained run or of a bundle: the spec of a service, where its files lie, and the bundle. */
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readBundle } from '@orrery/bundle';
import type { Precision } from '@orrery/graph';
import { specMachine, type EngineName, type Overrides } from '@orrery/launch';
import { listCheckpoints, loadCheckpoint, loadRun } from '@orrery/train';
import { z } from 'zod';
import { UsageError } from './errors.ts';
import { requestOf, startFrom } from './export-bundle.ts';
import { launchSettings, makeBundle, parseSpec, refuseUnseen, specName, type Job } from './launch-job.ts';
import { note, type OutputOptions } from './output.ts';
import { runPlace } from './places.ts';
import { readSettings, type SettingSources } from './settings.ts';

export interface ServeOptions extends OutputOptions, SettingSources {
  readonly on: string;
  readonly target: string;
  readonly catalogue?: string;
  readonly instanceType?: string;
  readonly replicas: number;
  readonly chips: number;
  readonly batch: number;
  readonly precision: Precision;
  readonly last?: boolean;
  readonly shared?: string;
  readonly dryRun?: boolean;
}

/** A bundle with trained weights: the name of its folder, where it is if it is anywhere, and how it comes to be at a place. */
interface Served {
  readonly name: string;
  readonly from?: string;
  make(out: string): Promise<void>;
}

/** @param what a run under runs/, or the folder of a run or of a bundle */
export async function servingJob(
  what: string,
  engine: EngineName,
  options: ServeOptions,
  overrides: Overrides | undefined,
): Promise<Job> {
  const { shared } = options;
  refuseUnseen(engine, shared);
  const settings = await readSettings(z.strictObject({ launch: launchSettings }), options);
  if (Object.hasOwn(settings.launch, 'nodes'))
    throw new UsageError('launch.nodes: a server is on one machine; say how many there are with --replicas');
  const isBundle = existsSync(join(resolve(what), 'io.json'));
  const place = isBundle ? resolve(what) : runPlace(what);
  const home = `${place}.serve`;
  const target = neuronTarget(options.target, overrides);
  const served = isBundle ? await ofBundle(place, target) : await ofRun(place, target, options);
  const { folder, bundle } = placesOf(served, home, shared);
  const { replicas, chips } = options;
  const spec = parseSpec(engine, { ...options, nodes: 1 }, settings.launch, {
    name: specName(basename(place)),
    job: { kind: 'serve', bundle: bundle.there, replicas, ...(options.target !== 'cpu' && { chips }) },
  });
  return {
    ...{ spec, home, folder },
    uploads: bundle.here === bundle.there ? [] : [{ from: bundle.here, to: bundle.there }],
    check: () => {},
    prepare: () => served.make(bundle.here),
  };
}

/** Where the bundle lies, from here and for the machines, and the engine's files. */
function placesOf({ name, from }: Served, home: string, shared: string | undefined) {
  const there = shared === undefined ? home : `${shared}/${basename(home)}`;
  const here = shared === undefined || existsSync(shared) ? there : home;
  const folder = join(here, 'launch');
  const seen = from !== undefined && (shared === undefined || `${from}/`.startsWith(`${shared}/`));
  if (seen) return { folder, bundle: { here: from, there: from } };
  // What is to be uploaded need not be copied before.
  const source = from !== undefined && here !== there ? from : join(here, name);
  return { folder, bundle: { here: source, there: `${there}/${name}` } };
}

/** The Neuron compiler of a target; an unknown target is for others to name. */
function neuronTarget(target: string, overrides: Overrides | undefined) {
  try {
    return specMachine({ target }, overrides)?.chip.target;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

type Target = ReturnType<typeof neuronTarget>;

async function ofRun(
  folder: string,
  target: Target,
  { batch, precision, last }: ServeOptions,
): Promise<Served> {
  const { step } = await loadCheckpoint(folder, last ? 'last' : 'best');
  // The name is new where the content is: servers that run keep what they have, and those that come later take the new one.
  const name = [`step${step}`, `batch${batch}`, precision, ...(target ? [target] : [])].join('-');
  return {
    name,
    async make(out) {
      const checkpoint = (await listCheckpoints(folder)).find((info) => info.step === step)!;
      const [request, start] = [await requestOf(await loadRun(folder)), await startFrom(folder, checkpoint)];
      await makeBundle({ ...request, out, precision, batch, target, start });
    },
  };
}

async function ofBundle(folder: string, target: Target): Promise<Served> {
  const { bundle } = await readBundle(folder);
  if (bundle.step === 0)
    throw new UsageError(
      `bundle "${folder}": its weights are not trained; serve a run, or export one with --format stablehlo`,
    );
  if (target !== undefined && bundle.target !== target)
    throw new UsageError(
      `bundle "${folder}": it was written for ${bundle.target ?? 'no Neuron compiler'}; export it again with --target ${target}`,
    );
  if (!existsSync(join(folder, 'serve.py')))
    throw new UsageError(`bundle "${folder}": it has no serve.py, which newer ones have; export it again`);
  return {
    ...{ name: basename(folder), from: folder },
    async make(out) {
      if (out === folder) return;
      note(`serve: copying the bundle to ${out}`);
      await cp(folder, out, { recursive: true, errorOnExist: false, preserveTimestamps: true });
    },
  };
}
