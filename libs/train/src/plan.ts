/** A training before it starts: the model, its graphs, and what is drawn from the seed. */
import type { Program } from '@orrery/graph';
import { buildModel, family, type Family, type Model, type World } from '@orrery/models';
import { adam, adamW, muon, rmsProp, schedule, sgd, type Optimizer, type Schedule } from '@orrery/nn';
import { key, split, type Key } from '@orrery/random';
import type { z } from 'zod';
import {
  clipOrder,
  splitTraining,
  type ClipOrder,
  type ClipPlace,
  type Range,
  type TrainingData,
} from './clips.ts';
import { observationOf } from './observation.ts';
import type { NamedArray } from './safetensors.ts';
import { modelFlops, trainStep } from './train-step.ts';
import { initialState } from './training-state.ts';
import { trainingSchema, type Training } from './training.ts';

export interface PlanRequest {
  /** A family, or the name of one of ours. */
  readonly family: string | Family;
  /** The family's configuration; missing fields take their defaults. */
  readonly config?: unknown;
  /** Missing fields take their defaults. */
  readonly training?: z.input<typeof trainingSchema>;
  readonly dataset: TrainingData;
}

export interface TrainingPlan {
  /** Name of the family. */
  readonly family: string;
  /** The family's configuration, every field of it. */
  readonly config: Record<string, unknown>;
  readonly training: Training;
  readonly model: Model;
  readonly world: World;
  /** One update. */
  readonly step: Program;
  readonly flopsPerStep: number;
  readonly learningRate: Schedule;
  readonly order: ClipOrder;
  /** What `order` permutes: the clips of these episodes, by this key. */
  readonly clips: { readonly episodes: Range; readonly key: Key };
  /** Keys of noise: of all updates, and of all batches of a validation. */
  readonly noise: { readonly training: Key; readonly validation: Key };
  readonly validation: readonly ClipPlace[];
  /** The state by `stateName` before the first update. */
  initialState(): Record<string, NamedArray>;
}

/** @throws when a name or setting is unknown, or the model, the dataset and the training do not fit each other */
export async function planTraining(request: PlanRequest): Promise<TrainingPlan> {
  const { dataset } = request;
  const chosen = typeof request.family === 'string' ? family(request.family) : request.family;
  const training = parse(trainingSchema, { ...chosen.training, ...request.training }, 'training');
  const config = parse(chosen.config, request.config ?? {}, 'model');
  const episodes = splitTraining(dataset, training.validationFraction);
  const world = await observationOf(chosen).survey(dataset, episodes.train);
  const model = buildModel(chosen, config, world);
  const optimizer = optimizerOf(training);
  const { batch, clip, average } = training;
  const step = trainStep({ model, world, optimizer, batch, clip, averageDecay: average });
  const flopsPerStep = modelFlops({ model, world, batch });
  const [parameterKey, orderKey, noiseKey, validationKey] = split(key(training.seed), 4) as [
    Key,
    Key,
    Key,
    Key,
  ];
  return {
    ...{ family: chosen.name, config: config as Record<string, unknown> },
    ...{ training, model, world, step, flopsPerStep },
    noise: { training: noiseKey, validation: validationKey },
    learningRate: schedule(training.schedule, {
      ...{ peak: training.learningRate, steps: training.steps },
      ...{ warmup: training.warmup, final: training.finalRate },
    }),
    clips: { episodes: episodes.train, key: orderKey },
    order: clipOrder(dataset, episodes.train, model.clipFrames, orderKey),
    validation: validationClips(dataset, episodes.validation, model.clipFrames, training),
    initialState: () => initialState(model.parameters, optimizer, average, parameterKey),
  };
}

/** The optimizer that a training names, with its settings. */
export function optimizerOf(training: Training): Optimizer {
  return optimizers[training.optimizer](training);
}

const optimizers: Readonly<Record<Training['optimizer'], (training: Training) => Optimizer>> = {
  adam: () => adam(),
  adamw: ({ weightDecay }) => adamW({ weightDecay }),
  muon: ({ weightDecay }) => muon({ weightDecay }),
  rmsprop: () => rmsProp(),
  sgd: () => sgd({ momentum: 0.9 }),
};

/** Clips spread evenly over the held-out episodes and their frames. */
function validationClips(
  data: TrainingData,
  episodes: { readonly start: number; readonly count: number },
  clipFrames: number,
  { validationClips: wanted, batch }: Training,
): ClipPlace[] {
  if (episodes.count === 0) return [];
  const count = Math.ceil(wanted / batch) * batch;
  const starts = data.frames - clipFrames + 1;
  return Array.from({ length: count }, (_, i) => ({
    episode: episodes.start + (i % episodes.count),
    start: Math.floor(((i + 0.5) / count) * starts),
  }));
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = [what, ...issue.path].join('.');
  throw new Error(`setting "${name}": ${issue.message}; correct it`);
}
