/**
 * A training as a folder that XLA runs: the update and the imagination as StableHLO, the state, what it costs, the run that
 * it is, and the runner. The same plan as local training, so the same losses up to rounding.
 */
import { byteSize, input, optimize, withPrecision, type Program, type Tensor } from '@orrery/graph';
import { examine, legalize, type NeuronTarget } from '@orrery/neuron';
import { toStableHlo, type Layout, type Sharding } from '@orrery/stablehlo';
import {
  componentPrograms,
  configHash,
  lossOf,
  planRun,
  sha256,
  type NamedArray,
  type RecordedPlan,
  type TrainingRequest,
  validationStep,
} from '@orrery/train';
import { trainingFiles, writeBundleFolder } from './bundle-folder.ts';
import { costsOf } from './costs.ts';
import { describe, operandPrecision } from './describe-program.ts';
import { meshOf, trainingLayout } from './layout.ts';
import type { Bundle, BundledProgram, Flops } from './manifest.ts';
import { parameterShardings } from './parameter-shardings.ts';
import { tokenShardings } from './sequence-parallel.ts';

export interface BundleOptions extends TrainingRequest {
  /** The folder to write; it must not be there yet. */
  readonly out: string;
  /** Of products; f32 by default, which is f32 on GPUs too. */
  readonly precision?: Flops['precision'];
  /** A Neuron compiler that the programs are rewritten for; none by default. */
  readonly target?: NeuronTarget;
  /**
   * Whether attention and norms are composites; true by default, but for Neuron, of which no page says what it does with
   * names that it does not know.
   */
  readonly composites?: boolean | undefined;
  /** Clips that `encode` and `step` take at once, 1 by default. */
  readonly batch?: number;
  /** The mesh that arrays are to be cut for; by default such that up to 8 devices fit along each axis. */
  readonly mesh?: Partial<Bundle['mesh']>;
  /** Where the training got to, for one that goes on; it starts anew unless given. */
  readonly start?: { readonly step: number; readonly state: Readonly<Record<string, NamedArray>> };
}

type Named = 'train' | 'validate' | 'encode' | 'step';

const RUNNER_FILES = ['run.py', 'serve.py', 'imagination.py', 'requirements.txt'];

/**
 * Writes the whole folder or nothing.
 * @throws when settings are wrong, the model, the dataset and the training do not fit each other, or `out` is there already
 */
export async function writeBundle(
  options: BundleOptions,
): Promise<{ readonly bundle: Bundle; readonly flops: Flops }> {
  const { precision = 'f32', batch = 1, out, target, composites = !target } = options;
  if (!Number.isInteger(batch) || batch < 1)
    throw new Error(`export: a batch of ${batch}; give a positive whole number`);
  if (target && precision === 'tf32')
    throw new Error(
      `export: tf32 for ${target}: TF32 is what NVIDIA's tensor cores make of f32; take f32 or bf16 there`,
    );
  const operands = operandPrecision(precision);
  const mesh = meshOf(options.mesh);
  const plan = await planRun(options);
  const state = options.start?.state ?? plan.initialState();
  const programs = programsOf(plan, options);
  const loss = lossOf({ ...plan, batch: plan.training.batch });
  const shardings = parameterShardings(plan.model.parameters, loss.loss, mesh);
  const names = Object.keys(state);
  const layoutOf = (graph: Program) => ({
    ...{ mesh, values: tokenShardings(graph, mesh) },
    ...trainingLayout(graph, names, shardings),
  });
  const files: Record<string, Uint8Array> = {};
  const add = (name: Named, own: Layout, donate: Readonly<Record<string, string>>): BundledProgram => {
    const file = `${name}.mlir`;
    files[file] = new TextEncoder().encode(
      toStableHlo(programs[name], { name, donate, composites, layout: own, precision: operands }),
    );
    return describe(
      programs[name],
      file,
      sha256(files[file]),
      own,
      donate,
      plan.model.noise?.[NOISE_OF[name]],
    );
  };
  const donate = Object.fromEntries(Object.keys(state).map((name) => [name, name]));
  const bundle: Bundle = {
    ...{ format: 'orrery.bundle', version: 1, precision, step: options.start?.step ?? 0, batch, mesh },
    ...{ target, config: configHash(plan.run) },
    keys: { order: plan.clips.key, noise: plan.noise.training, validation: plan.noise.validation },
    validation: plan.validation.map(({ episode, start }) => [episode, start] as const),
    clips: {
      frames: plan.model.clipFrames,
      datasetFrames: options.dataset.frames,
      episodes: plan.clips.episodes,
    },
    programs: {
      train: add('train', layoutOf(programs.train), donate),
      ...(plan.validation.length > 0 && {
        validate: add('validate', layoutOf(programs.validate), {}),
      }),
      // Imagination runs on one device, or on each for clips of its own.
      encode: add('encode', onOneDevice(programs.encode), {}),
      step: add('step', onOneDevice(programs.step), statesOf(programs.step)),
    },
  };
  const stateBytes = programs.train.inputs
    .filter(({ attributes: { name } }) => Object.hasOwn(state, name))
    .reduce((sum, tensor) => sum + byteSize(tensor), 0);
  const flops = costsOf(plan, programs, loss, { precision, stateBytes });
  const { learningRate, training } = plan;
  Object.assign(files, trainingFiles({ step: bundle.step, state, steps: training.steps, learningRate }));
  const json = { 'run.json': plan.run, 'flops.json': flops, 'io.json': bundle };
  await writeBundleFolder(out, files, RUNNER_FILES, json);
  return { bundle, flops };
}

function programsOf(
  plan: RecordedPlan,
  { precision = 'f32', batch = 1, target }: BundleOptions,
): Readonly<Record<Named, Program>> {
  const { model, world } = plan;
  const weights = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, input(`parameters/${name}`, shape)]),
  );
  const adapt = (graph: Program): Program => {
    const narrow = withPrecision(graph, precision);
    const legal = target ? legalize(narrow) : narrow;
    return legal === graph ? graph : optimize(legal);
  };
  const { encode, step } = componentPrograms(model, world, weights, batch);
  const validate = validationStep({ model, world, batch: plan.training.batch });
  const programs = {
    ...{ train: adapt(plan.step), validate: adapt(validate) },
    ...{ encode: adapt(encode), step: adapt(step) },
  };
  if (target) for (const [name, graph] of Object.entries(programs)) checkLegal(name, graph, target);
  return programs;
}

function checkLegal(name: string, graph: Program, target: NeuronTarget): void {
  const [first, ...others] = examine(graph, target).filter(({ verdict }) => verdict === 'refused');
  if (!first) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new Error(
    `export: ${name} for ${target}: ${first.op} of ${first.dtype}: ${first.why}${more}; see "orrery doctor --target ${target}"`,
  );
}

const NOISE_OF = { train: 'loss', validate: 'loss', encode: 'encode', step: 'step' } as const;

function onOneDevice({ inputs, outputs }: Program): Layout & { readonly mesh: Bundle['mesh'] } {
  const whole = (tensor: Tensor): Sharding => tensor.shape.map(() => []);
  return {
    mesh: meshOf(),
    inputs: Object.fromEntries(inputs.map((tensor) => [tensor.attributes.name, whole(tensor)])),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, whole(tensor)])),
  };
}

/** What goes from frame to frame. */
function statesOf({ inputs, outputs }: Program): Record<string, string> {
  const names = inputs.map(({ attributes }) => attributes.name);
  return Object.fromEntries(names.filter((name) => Object.hasOwn(outputs, name)).map((name) => [name, name]));
}
