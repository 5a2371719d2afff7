/** The graphs of a recipe, whole and without data: what rules and costs are read from. */
import type { Program } from '@orrery/graph';
import { buildModel, family, type Model, type World } from '@orrery/models';
import { initialise } from '@orrery/nn';
import { key } from '@orrery/random';
import { imaginationPrograms, modelFlops, optimizerOf, trainStep, type Training } from '@orrery/train';

export interface WorkloadRequest {
  /** Name of a family. */
  readonly family: string;
  /** The family's configuration, every field of it. */
  readonly config: unknown;
  readonly training: Training;
  readonly world: World;
}

export interface Workload {
  readonly model: Model;
  /** One update of a batch of clips: forward, backward and optimizer. */
  readonly train: Program;
  /** Of one clip: the context to a state. */
  readonly encode: Program;
  /** Of one clip: a state to the next and what is predicted. */
  readonly step: Program;
  /** Of an update: matrix products and convolutions of the loss and its gradient. */
  readonly modelFlops: number;
}

/** @throws when the configuration cannot serve the world */
export function workload({ family: name, config, training, world }: WorkloadRequest): Workload {
  const model = buildModel(family(name), config, world);
  const { batch, clip, average } = training;
  const optimizer = optimizerOf(training);
  const train = trainStep({ model, world, optimizer, batch, clip, averageDecay: average });
  // Weights of a start: what optimize drops because a weight is 0 would be missing.
  const weights = initialise(model.parameters, key(training.seed));
  return {
    ...{ model, train, modelFlops: modelFlops({ model, world, batch }) },
    ...imaginationPrograms(model, world, weights, 1),
  };
}
