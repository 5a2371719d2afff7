/**
 * Trains whatever has parameters and a loss over named arrays: models of one table, whose data are no clips of a dataset
 * and which imagine nothing, for which the contract of families is more than they are. The same initial state, optimizers, loop and runtime
 * as `train`; in memory, without files.
 */
import {
  input,
  optimize,
  program,
  size,
  trainingCost,
  type Program,
  type Tensor,
  type TypedArray,
} from '@orrery/graph';
import {
  learnedNames,
  type Optimizer,
  type Parameters,
  type ParameterSpecs,
  type Schedule,
} from '@orrery/nn';
import { createSession } from '@orrery/onnx/node';
import { split, type Key } from '@orrery/random';
import { checkUpdate } from './diverged.ts';
import type { NamedArray } from './safetensors.ts';
import { openMeanLoss } from './mean-loss.ts';
import { batchAt, type BatchOrder, type SampleSource } from './samples.ts';
import { trainLoop } from './train-step.ts';
import { initialState, stateGroups, stateName } from './training-state.ts';
import { pick, stateInputs, update } from './update.ts';

/** The arrays of a batch by name, [B, ...shape of a sample]. */
export type Batch = Readonly<Record<string, Tensor>>;

export interface FitOptions {
  readonly parameters: ParameterSpecs;
  /** @returns a scalar, the mean over the samples of the batch */
  readonly loss: (parameters: Parameters, batch: Batch) => Tensor;
  readonly training: SampleSource;
  /** Chooses the weights that are returned; without it, those after the last update are. */
  readonly validation?: SampleSource;
  /** Updates between two validations; after the last update there is always one. */
  readonly validateEvery?: number;
  readonly optimizer: Optimizer;
  readonly learningRate: Schedule;
  /** Updates. */
  readonly steps: number;
  /** Samples an update; of no use to the order `all`. */
  readonly batch: number;
  readonly order: BatchOrder;
  /** Largest length of the vector of all gradients; none by default. */
  readonly clip?: number;
  /** Decay of the moving average of the weights, which is then what is validated and returned; 0, none, by default. */
  readonly average?: number;
  /** Updates between two returns of the runtime, 50 by default. */
  readonly stepsPerCall?: number;
  /** Of the initial weights and of the batches. */
  readonly key: Key;
  /** Weights to begin from instead, such as another fit's `last`: the next stage of a training. */
  readonly start?: Readonly<Record<string, Float32Array>>;
  /** Threads of the runtime; one a core unless given. */
  readonly threads?: number;
  /** Seconds after which no further call begins; none by default. */
  readonly budget?: number;
  /** Stops after the call in work, with an error. */
  readonly signal?: AbortSignal;
  /** After each call. @param loss the mean over its updates */
  readonly onProgress?: (progress: {
    readonly step: number;
    readonly steps: number;
    readonly loss: number;
  }) => void;
}

export interface FitResult {
  /** The weights that validation chose, or the last, by name; averaged ones where there is an average. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** The weights after the last update, not averaged. */
  readonly last: Readonly<Record<string, Float32Array>>;
  /** Updates done: fewer than asked for where the budget ended first. */
  readonly steps: number;
  /** Updates before the weights that are returned. */
  readonly best: number;
  /** Mean training loss of each call, at its last step. */
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  readonly validations: readonly { readonly step: number; readonly loss: number }[];
  /** Of training and validation, compilation of the graph included. */
  readonly seconds: number;
  /** Of all updates: matrix products of the loss and its gradient. */
  readonly flops: number;
}

/** What a fit computes with, before anything has run. */
export interface FitPlan {
  /** One update. */
  readonly program: Program;
  /** Of an update: matrix products of the loss and its gradient. */
  readonly flops: number;
  /** The mean over a batch, of the parameters' inputs. */
  readonly loss: Tensor;
  /** Samples an update. */
  readonly batch: number;
  readonly orderKey: Key;
  /** By `stateName`, before the first update. */
  initialState(): Record<string, NamedArray>;
}

/** @throws when a batch does not fit into the samples, or weights to start from are those of another model */
export function planFit(options: FitOptions): FitPlan {
  const { parameters, training, optimizer, order, key, start, average = 0 } = options;
  const batch = order === 'all' ? training.count : options.batch;
  const [parameterKey, orderKey] = split(key, 2) as [Key, Key];
  if (start) checkWeights(start, parameters);
  return {
    ...updateStep(options, batch),
    ...{ batch, orderKey },
    initialState: () => initialState(parameters, optimizer, average, parameterKey, start),
  };
}

type Arrays = Record<string, TypedArray>;

/** @throws when the loss or its gradient is no finite number, with the step; and the signal's reason when it is aborted */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { parameters, training, validation, optimizer, learningRate, steps, order, signal, budget } = options;
  const { validateEvery = steps, stepsPerCall = 50, average = 0, threads, onProgress = () => {} } = options;
  const started = performance.now();
  const step = planFit(options);
  const indices = batchAt(order, training.count, step.batch, step.orderKey);
  const sessions = sessionsBySteps(step.program, threads);
  const judge = validation && openMeanLoss({ parameters, loss: options.loss, samples: validation, threads });
  const names = Object.entries(stateGroups(parameters, optimizer, average)).flatMap(([group, members]) =>
    members.map((name) => stateName(group, name)),
  );
  let state: Arrays = Object.fromEntries(
    Object.entries(step.initialState()).map(([name, { data }]) => [name, data as Float32Array]),
  );
  const used = average > 0 ? 'average' : 'parameters';
  let done = 0;
  let best = { step: 0, loss: Infinity, weights: weightsOf(parameters, state, used) };
  const losses: { step: number; loss: number }[] = [];
  const validations: { step: number; loss: number }[] = [];
  const exhausted = () => budget !== undefined && (performance.now() - started) / 1000 >= budget;
  try {
    while (done < steps && !exhausted()) {
      signal?.throwIfAborted();
      const count = Math.min(stepsPerCall, steps - done, validateEvery - (done % validateEvery));
      const numbers = Array.from({ length: count }, (_, i) => done + i + 1);
      const picked = numbers.map((number) => indices(number - 1));
      const outputs = await (
        await sessions.of(count)
      ).run(
        {
          ...training.read(joined(picked)),
          step: Float32Array.from(numbers),
          learningRate: Float32Array.from(numbers, learningRate),
          ...state,
        },
        undefined,
        { transfer: true },
      );
      const [loss, gradientNorm] = [outputs['loss'].data, outputs['gradientNorm'].data];
      numbers.forEach((number, i) =>
        checkUpdate({
          ...{ step: number, loss: Number(loss[i]), gradientNorm: Number(gradientNorm[i]) },
          ...{ learningRate: learningRate(number), metrics: {} },
        }),
      );
      state = Object.fromEntries(names.map((name) => [name, outputs[name].data]));
      done += count;
      const mean = Array.from(loss, Number).reduce((sum, value) => sum + value, 0) / count;
      losses.push({ step: done, loss: mean });
      onProgress({ step: done, steps, loss: mean });
      if (judge && (done % validateEvery === 0 || done === steps || exhausted())) {
        const weights = weightsOf(parameters, state, used);
        const judged = await judge.measure(weights);
        validations.push({ step: done, loss: judged });
        if (judged < best.loss) best = { step: done, loss: judged, weights };
      }
    }
    if (!judge) best = { step: done, loss: NaN, weights: weightsOf(parameters, state, used) };
    return {
      ...{ parameters: best.weights, last: weightsOf(parameters, state, 'parameters') },
      ...{ best: best.step, steps: done, losses, validations },
      ...{ seconds: (performance.now() - started) / 1000, flops: step.flops * done },
    };
  } finally {
    await sessions.close();
    await judge?.close();
  }
}

/** One update as a graph, and the FLOPs of its matrix products, the optimizer's left out. */
function updateStep(
  { parameters: specs, loss: lossOf, training, optimizer, clip, average: averageDecay = 0 }: FitOptions,
  batch: number,
): Pick<FitPlan, 'program' | 'flops' | 'loss'> {
  const inputs = Object.entries(training.inputs).map(
    ([name, { dtype, shape }]) => [name, input(name, [batch, ...shape], dtype)] as const,
  );
  const [learningRate, step] = [input('learningRate', []), input('step', [])];
  const state = stateInputs(specs, optimizer, averageDecay);
  const loss = lossOf(state.parameters, Object.fromEntries(inputs));
  const { next, gradientNorm } = update({
    ...{ specs, state, loss, optimizer, clip, averageDecay, learningRate, step },
  });
  const all = [
    ...inputs.map(([, tensor]) => tensor),
    ...[learningRate, step],
    ...Object.values(state).flatMap((tensors) => Object.values(tensors)),
  ];
  return {
    loss,
    program: optimize(program({ loss, gradientNorm, ...next }, all)),
    flops: trainingCost(loss, Object.values(pick(state.parameters, learnedNames(specs)))).modelFlops,
  };
}

/** A session for each number of updates a call: the last call, or the one before a validation, may be shorter. */
function sessionsBySteps(step: Program, threads: number | undefined) {
  const open = new Map<number, ReturnType<typeof createSession>>();
  return {
    of(count: number) {
      const session = open.get(count) ?? createSession(trainLoop(step, count), { threads });
      open.set(count, session);
      return session;
    },
    async close() {
      for (const session of open.values()) await (await session).close();
    },
  };
}

function checkWeights(weights: Readonly<Record<string, Float32Array>>, specs: ParameterSpecs): void {
  for (const [name, { shape }] of Object.entries(specs))
    if (weights[name]?.length !== size(shape))
      throw new Error(
        `fit: the weights to start from have ${weights[name]?.length ?? 0} values of "${name}" [${shape.join(', ')}]; give those of the same model`,
      );
}

function weightsOf(specs: ParameterSpecs, state: Arrays, group: string): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.keys(specs).map((name) => [name, (state[stateName(group, name)] as Float32Array).slice()]),
  );
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
