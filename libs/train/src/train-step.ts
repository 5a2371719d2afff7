/** The training step of a model as one graph: clips in, the next state and what is logged out. */
import {
  formatShape,
  input,
  optimize,
  program,
  sameShape,
  trainingCost,
  type Loop,
  type Program,
  type Tensor,
} from '@orrery/graph';
import type { Clip, Model, Noise, World } from '@orrery/models';
import { learnedNames, type Optimizer, type Tensors } from '@orrery/nn';
import { noiseInputs } from './noise.ts';
import { observationOf } from './observation.ts';
import { groupInputs, stateInputs, update } from './update.ts';

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

/**
 * Inputs: those of `clipInputs`; `learningRate` and `step` f32 []; the state by `stateName`.
 * Outputs: the next state under the same names; `loss`, `gradientNorm` and `metrics/<name>`, f32 [].
 */
export function trainStep({ model, world, optimizer, ...options }: TrainStepOptions): Program {
  const { batch, clip, averageDecay } = options;
  const given = clipInputs(model, world, batch);
  const learningRate = input('learningRate', []);
  const step = input('step', []);
  const state = stateInputs(model.parameters, optimizer, averageDecay);
  const { loss, metrics, statistics = {} } = model.loss(state.parameters, given.clip, 'train', given.noise);
  checkStatistics(model, statistics);
  const { next, gradientNorm } = update({
    ...{ specs: model.parameters, state, loss, optimizer, clip, averageDecay },
    ...{ learningRate, step, statistics },
  });
  const outputs: Record<string, Tensor> = { loss, gradientNorm };
  for (const [name, metric] of Object.entries(metrics)) outputs[`metrics/${name}`] = metric;
  const inputs = Object.values(state).flatMap((group) => Object.values(group));
  return optimize(program({ ...outputs, ...next }, [...given.inputs, learningRate, step, ...inputs]));
}

/**
 * FLOPs of the matrix products and convolutions of an update's loss and gradient: what utilisation counts. The optimizer's
 * own products (Muon has some) are no part of them.
 */
export function modelFlops({
  model,
  world,
  batch,
}: Pick<TrainStepOptions, 'model' | 'world' | 'batch'>): number {
  const { loss, parameters } = lossOf({ model, world, batch });
  return trainingCost(loss, parameters).modelFlops;
}

/** A model's loss before any pass, and the inputs that stand for what it learns. */
export function lossOf({ model, world, batch }: Pick<TrainStepOptions, 'model' | 'world' | 'batch'>): {
  readonly loss: Tensor;
  readonly parameters: readonly Tensor<'input'>[];
} {
  const { clip, noise } = clipInputs(model, world, batch);
  const parameters = groupInputs('parameters', model.parameters, Object.keys(model.parameters));
  const { loss } = model.loss(parameters, clip, 'train', noise);
  return { loss, parameters: learnedNames(model.parameters).map((name) => parameters[name]) };
}

/** `steps` training steps in one call, with the state inside. */
export function trainLoop(body: Program, steps: number): Loop {
  const names = body.inputs.map(({ attributes }) => attributes.name);
  const carry = Object.fromEntries(names.filter((name) => name in body.outputs).map((name) => [name, name]));
  return { body, carry, steps };
}

/** Inputs: those of `clipInputs` and `parameters/<name>`. Outputs: `loss` and `metrics/<name>`, f32 []. */
export function validationStep({
  model,
  world,
  batch,
}: Pick<TrainStepOptions, 'model' | 'world' | 'batch'>): Program {
  const { inputs, clip, noise } = clipInputs(model, world, batch);
  const parameters = groupInputs('parameters', model.parameters, Object.keys(model.parameters));
  const { loss, metrics } = model.loss(parameters, clip, 'validate', noise);
  const outputs: Record<string, Tensor> = { loss };
  for (const [name, metric] of Object.entries(metrics)) outputs[`metrics/${name}`] = metric;
  return optimize(program(outputs, [...inputs, ...Object.values(parameters)]));
}

/**
 * What a loss is of: the arrays of a clip that the world is seen by, [B, ...]; `actions` f32 [B, T, A] where something acts;
 * `noise/<name>` f32 [B, ...] for each noise of the loss.
 */
function clipInputs(
  model: Model,
  world: World,
  batch: number,
): { readonly inputs: readonly Tensor<'input'>[]; readonly clip: Clip; readonly noise: Noise } {
  const { arrays, see } = observationOf(world);
  const given = Object.entries(arrays(world, model.clipFrames)).map(
    ([name, { dtype, shape }]) => [name, input(name, [batch, ...shape], dtype)] as const,
  );
  const acting = world.actions > 0 ? [input('actions', [batch, model.clipFrames, world.actions])] : [];
  const noise = noiseInputs(model.noise?.loss, batch);
  return {
    inputs: [...given.map(([, tensor]) => tensor), ...acting, ...Object.values(noise)],
    clip: { ...see(Object.fromEntries(given)), ...(acting.length > 0 && { actions: acting[0] }) },
    noise,
  };
}

function checkStatistics(model: Model, statistics: Tensors): void {
  const learned = new Set(learnedNames(model.parameters));
  const wanted = Object.keys(model.parameters).filter((name) => !learned.has(name));
  for (const name of new Set([...wanted, ...Object.keys(statistics)])) {
    const declared = !learned.has(name) && model.parameters[name];
    const given = statistics[name];
    if (declared && given && sameShape(given.shape, declared.shape)) continue;
    const shape = declared ? formatShape(declared.shape) : 'no statistic';
    const what = given ? formatShape(given.shape) : 'nothing';
    throw new Error(
      `parameter "${name}": the loss gives ${what} as its next value and it is ${shape}; hand on what the layer's "train" returns`,
    );
  }
}
