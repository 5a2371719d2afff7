/**
 * A fit as a folder that XLA runs: of models of one table, whose data are samples in memory and no clips of a dataset. The
 * samples go into the bundle; the update, the state and the order of the samples are those of `fit`.
 */
import { optimize, withPrecision, type TypedArray } from '@orrery/graph';
import { toStableHlo } from '@orrery/stablehlo';
import { encodeSafetensors, planFit, sha256, type FitOptions, type NamedArray } from '@orrery/train';
import { trainingFiles, writeBundleFolder } from './bundle-folder.ts';
import { describe, operandPrecision } from './describe-program.ts';
import { meshOf, trainingLayout } from './layout.ts';
import type { Flops, SampleBundle } from './manifest.ts';
import { parameterShardings } from './parameter-shardings.ts';
import { tokenShardings } from './sequence-parallel.ts';

export interface SampleBundleOptions extends Omit<
  FitOptions,
  'threads' | 'budget' | 'signal' | 'onProgress' | 'validation' | 'validateEvery'
> {
  /** The folder to write; it must not be there yet. */
  readonly out: string;
  /** Updates between two checkpoints; by default there is one, at the end. */
  readonly checkpointEvery?: number;
  /** Of products; f32 by default. */
  readonly precision?: Flops['precision'];
  /** The mesh that arrays are to be cut for; by default such that up to 8 devices fit along each axis. */
  readonly mesh?: Partial<SampleBundle['mesh']>;
}

/** Checkpoints that the runner keeps. */
const KEPT = 2;

/**
 * Writes the whole folder or nothing. `validation` of the fit is left out: the runner trains, and keeps the last weights.
 * @throws when the samples are not f32, a batch does not fit into them, or `out` is there already
 */
export async function writeSampleBundle(options: SampleBundleOptions): Promise<SampleBundle> {
  const {
    out,
    training,
    precision = 'f32',
    order,
    steps,
    stepsPerCall = 50,
    checkpointEvery = steps,
  } = options;
  const mesh = meshOf(options.mesh);
  const plan = planFit(options);
  const state = plan.initialState();
  const names = Object.keys(state);
  const program = precision === 'bf16' ? optimize(withPrecision(plan.program, precision)) : plan.program;
  const shardings = parameterShardings(options.parameters, plan.loss, mesh);
  const layout = {
    mesh,
    values: tokenShardings(program, mesh),
    ...trainingLayout(program, names, shardings),
  };
  const donate = Object.fromEntries(names.map((name) => [name, name]));
  const text = toStableHlo(program, {
    ...{ name: 'train', donate, layout },
    precision: operandPrecision(precision),
  });
  const files: Record<string, Uint8Array> = {
    'train.mlir': new TextEncoder().encode(text),
    ...trainingFiles({ step: 0, state, steps, learningRate: options.learningRate }),
    'samples.safetensors': encodeSafetensors({ arrays: samplesIn(training), metadata: {} }),
  };
  const run = {
    ...{ format: 'orrery.fit', version: 1, flopsPerStep: plan.flops },
    training: {
      ...{ batch: plan.batch, steps, stepsPerCall, checkpointEvery, validateEvery: steps, keep: KEPT },
      ...{ patience: 0, seed: options.key[1] },
    },
  };
  const described = describe(program, 'train.mlir', sha256(files['train.mlir']), layout, donate);
  const bundle: SampleBundle = {
    ...{ format: 'orrery.bundle', version: 1, precision, step: 0, mesh },
    // What decides the numbers: all that the runner reads.
    config: sha256(
      new TextEncoder().encode([JSON.stringify(run), ...Object.values(files).map(sha256)].join('\n')),
    ),
    ...{ keys: { order: plan.orderKey }, samples: { count: training.count, order } },
    programs: { train: described },
  };
  await writeBundleFolder(out, files, ['run.py', 'requirements.txt'], { 'run.json': run, 'io.json': bundle });
  return bundle;
}

function samplesIn({ count, inputs, read }: FitOptions['training']): Record<string, NamedArray> {
  const all = read(Uint32Array.from({ length: count }, (_, i) => i));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [
      name,
      { shape: [count, ...shape], data: asF32(name, all[name]) },
    ]),
  );
}

function asF32(name: string, data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new Error(`export: samples "${name}" are no f32; give a Float32Array, and scale in the loss`);
}
