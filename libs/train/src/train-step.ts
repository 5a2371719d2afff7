/** The training step of a model as one graph: clips in, the next state and what is logged out. */
import {
  cast,
  gradient,
  input,
  mul,
  optimize,
  program,
  transpose,
  type Loop,
  type Program,
  type Tensor,
} from '@orrery/graph';
import type { Model, World } from '@orrery/models';
import {
  clipByGlobalNorm,
  movingAverage,
  type Optimizer,
  type ParameterSpecs,
  type Tensors,
} from '@orrery/nn';

export interface TrainStepOptions {
  readonly model: Model;
  readonly world: World;
  readonly optimizer: Optimizer;
  /** Clips a step (B). */
  readonly batch: number;
  /** Largest length of the vector of all gradients. */
  readonly clip: number;
  /** Decay of the moving average of the weights; 0 for none. */
  readonly averageDecay: number;
}

/** Groups of arrays, each with one array a parameter, that a training step turns into the next ones. */
export function stateGroups(optimizer: Optimizer, averageDecay: number): readonly string[] {
  return ['parameters', ...optimizer.slots, ...(averageDecay > 0 ? ['average'] : [])];
}

/** "moment1/blocks.0.first.kernel" */
export function stateName(group: string, parameter: string): string {
  return `${group}/${parameter}`;
}

/** The weights that are used after training, by parameter: the averaged ones where there are such. */
export function usedParameters<T>(state: Readonly<Record<string, T>>): Record<string, T> {
  const names = Object.keys(state);
  const group = names.some((name) => name.startsWith('average/')) ? 'average/' : 'parameters/';
  return Object.fromEntries(
    names.filter((name) => name.startsWith(group)).map((name) => [name.slice(group.length), state[name]]),
  );
}

/**
 * Inputs: `clips` u8 [B, T, H, W, C]; `learningRate` and `step` f32 []; the state by `stateName`.
 * Outputs: the next state under the same names; `loss`, `gradientNorm` and `metrics/<name>`, f32 [].
 */
export function trainStep({ model, world, optimizer, ...options }: TrainStepOptions): Program {
  const { batch, clip, averageDecay } = options;
  const { height, width, channels } = world;
  const clips = input('clips', [batch, model.clipFrames, height, width, channels], 'u8');
  const learningRate = input('learningRate', []);
  const step = input('step', []);
  const groups = stateGroups(optimizer, averageDecay);
  const state = Object.fromEntries(groups.map((group) => [group, groupInputs(group, model.parameters)]));
  const { parameters, average, ...slots } = state;

  const { loss, metrics } = model.loss(parameters, { frames: toFrames(clips) });
  const names = Object.keys(parameters);
  const raw = gradient(
    loss,
    names.map((name) => parameters[name]),
  );
  const { gradients, norm } = clipByGlobalNorm(
    Object.fromEntries(names.map((name, i) => [name, raw[i]])),
    clip,
  );
  const next = optimizer.update({ parameters, gradients, slots, learningRate, step });
  const nextState: Record<string, Tensors> = { parameters: next.parameters, ...next.slots };
  if (average) nextState.average = movingAverage(average, next.parameters, averageDecay, step);

  const outputs: Record<string, Tensor> = { loss, gradientNorm: norm };
  for (const [name, metric] of Object.entries(metrics)) outputs[`metrics/${name}`] = metric;
  for (const group of groups) {
    for (const name of names) outputs[stateName(group, name)] = nextState[group][name];
  }
  const stateInputs = groups.flatMap((group) => names.map((name) => state[group][name]));
  return optimize(program(outputs, [clips, learningRate, step, ...stateInputs]));
}

/** `steps` training steps in one call, with the state inside. */
export function trainLoop(body: Program, steps: number): Loop {
  const names = body.inputs.map(({ attributes }) => attributes.name);
  const carry = Object.fromEntries(names.filter((name) => name in body.outputs).map((name) => [name, name]));
  return { body, carry, steps };
}

/** Inputs: `clips` u8 [B, T, H, W, C] and `parameters/<name>`. Outputs: `loss` and `metrics/<name>`, f32 []. */
export function validationStep({
  model,
  world,
  batch,
}: Pick<TrainStepOptions, 'model' | 'world' | 'batch'>): Program {
  const { height, width, channels } = world;
  const clips = input('clips', [batch, model.clipFrames, height, width, channels], 'u8');
  const parameters = groupInputs('parameters', model.parameters);
  const { loss, metrics } = model.loss(parameters, { frames: toFrames(clips) });
  const outputs: Record<string, Tensor> = { loss };
  for (const [name, metric] of Object.entries(metrics)) outputs[`metrics/${name}`] = metric;
  return optimize(program(outputs, [clips, ...Object.values(parameters)]));
}

function groupInputs(group: string, specs: ParameterSpecs): Record<string, Tensor<'input'>> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, input(stateName(group, name), shape)]),
  );
}

/** u8 [B, T, H, W, C] -> f32 [B, T, C, H, W] in [0, 1]. */
export function toFrames(clips: Tensor): Tensor {
  // Bytes are moved before they grow to floats.
  return mul(cast(transpose(clips, [0, 1, 4, 2, 3]), 'f32'), 1 / 255);
}
