/** A trained model that continues clips, frame by frame, on onnxruntime. */
import {
  constant,
  input,
  is,
  optimize,
  program,
  size,
  type Program,
  type Tensor,
  type TypedArray,
} from '@orrery/graph';
import type { Model, NoiseSpecs, Parameters, State, World } from '@orrery/models';
import type { Session } from '@orrery/onnx';
import { createSession } from '@orrery/onnx/node';
import { foldIn, key, type Key } from '@orrery/random';
import type { TrainedModel } from './load.ts';
import { drawNoise, noiseInputs } from './noise.ts';
import { observationOf, type ClipArray, type ClipArraySpec } from './observation.ts';

/**
 * What a model is shown before it imagines: `context` u8 [B, contextFrames, H, W, 3]; or, of states, `context` f32
 * [B, contextFrames, N, 13] and `bodies` f32 [B, N, 12].
 */
export type ImaginationContext = Readonly<Record<string, Uint8Array | Float32Array>>;

export interface Imagination {
  /** Frames that a context has. */
  readonly contextFrames: number;
  /** What a context holds, of one clip each. */
  readonly contextArrays: Readonly<Record<string, ClipArraySpec>>;
  /**
   * Free running: after the context, the model sees only what it predicts.
   * @returns [B, steps, H, W, 3] u8, or [B, steps, N, 13] f32
   */
  rollout(
    context: ImaginationContext,
    batch: number,
    steps: number,
    options?: RolloutOptions,
  ): Promise<ClipArray>;
  /**
   * What the model remembers of a context.
   * @param options actions [B, contextFrames - 1, A], those that led through the context
   * @returns by the state's own names, [B, ...] each
   */
  encode(
    context: ImaginationContext,
    batch: number,
    options?: RolloutOptions,
  ): Promise<Readonly<Record<string, TypedArray>>>;
  close(): Promise<void>;
}

export interface RolloutOptions {
  /**
   * [B, contextFrames - 1 + steps, A] f32 in [-1, 1]: those that led through the context, then one a predicted frame.
   * Nothing acts unless given.
   */
  readonly actions?: Float32Array | undefined;
  /** One a clip: what it draws from depends on its key and the step alone. Unless given, that of the clip's number. */
  readonly keys?: readonly Key[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImaginationOptions {
  /** Threads of the runtime; one a core unless given. */
  readonly threads?: number;
}

export function createImagination(
  {
    model,
    run,
    parameters,
  }: Pick<TrainedModel, 'model' | 'parameters'> & { readonly run: { readonly world: World } },
  options: ImaginationOptions = {},
): Imagination {
  const { world } = run;
  const shapes = contextShapes(model, world);
  let open: { readonly batch: number; readonly encode: Session; readonly step: Session } | undefined;

  async function close(): Promise<void> {
    const sessions = open;
    open = undefined;
    await Promise.all([sessions?.encode.close(), sessions?.step.close()]);
  }

  async function sessionsFor(batch: number) {
    if (open?.batch === batch) return open;
    await close();
    const programs = imaginationPrograms(model, world, parameters, batch);
    const [encode, step] = await Promise.all([
      createSession(programs.encode, { ...options, spinning: false }),
      createSession(programs.step, { ...options, spinning: false }),
    ]);
    open = { batch, encode, step };
    return open;
  }

  /** Runs `encode`, and readies what `steps` steps take beside the state. */
  async function begin(
    context: ImaginationContext,
    batch: number,
    steps: number,
    { actions, keys }: RolloutOptions,
  ) {
    for (const [name, { shape }] of Object.entries(shapes))
      checkLength(name, context[name], [batch, ...shape]);
    const extent = { batch, steps, context: model.contextFrames, size: world.actions };
    const acting = splitActions(actions, extent);
    const seeds = keys ?? Array.from({ length: batch }, (_, b) => foldIn(key(0), b));
    // Draws of the context come before those of the first step.
    const noiseOf = (specs: NoiseSpecs | undefined, call: number) =>
      drawNoise(
        specs,
        seeds.map((seed) => foldIn(seed, call)),
        1,
      );
    const { encode, step } = await sessionsFor(batch);
    const state = await encode.run({
      ...{ ...context, ...noiseOf(model.noise?.encode, 0) },
      ...(acting && { actions: acting.context }),
    });
    return { state, step, acting, noiseOf };
  }

  return {
    contextFrames: model.contextFrames,
    contextArrays: shapes,
    async encode(context, batch, encoding = {}) {
      const { state } = await begin(context, batch, 0, encoding);
      return Object.fromEntries(
        Object.entries(state).map(([name, { data }]) => [name.slice(STATE.length), data]),
      );
    },
    async rollout(context, batch, steps, rolling = {}) {
      const { signal } = rolling;
      const { step, acting, noiseOf, ...begun } = await begin(context, batch, steps, rolling);
      let { ...state } = begun.state;
      const each = size(shapes.context.shape) / model.contextFrames;
      const imagined = new (shapes.context.dtype === 'u8' ? Uint8Array : Float32Array)(batch * steps * each);
      for (let k = 0; k < steps; k++) {
        signal?.throwIfAborted();
        const { [observationOf(world).shown]: shown, ...next } = await step.run({
          ...{ ...state, ...noiseOf(model.noise?.step, k + 1) },
          ...(acting && { action: acting.steps[k] }),
        });
        const values = shown.data as ClipArray;
        for (let b = 0; b < batch; b++)
          imagined.set(values.subarray(b * each, (b + 1) * each), (b * steps + k) * each);
        state = next;
      }
      return imagined;
    },
    close,
  };
}

/** Before the names of a state in the graphs. */
const STATE = 'state/';

/** The arrays of a context by name, of one clip. */
function contextShapes(
  { contextFrames }: Model,
  world: World,
): Readonly<Record<string, ClipArraySpec>> & { readonly context: ClipArraySpec } {
  const { clips, ...others } = observationOf(world).arrays(world, contextFrames);
  return { context: clips, ...others };
}

/** @throws unless there are as many values as the shape says */
function checkLength(name: string, values: ImaginationContext[string] | undefined, shape: readonly number[]) {
  if (values?.length === size(shape)) return;
  throw new Error(
    `${name}: ${values?.length ?? 'no'} values are not [${shape.join(', ')}]; give ${size(shape)}`,
  );
}

/** `componentPrograms` with the weights inside. */
export function imaginationPrograms(
  model: Model,
  world: World,
  weights: Readonly<Record<string, Float32Array>>,
  batch: number,
): { readonly encode: Program; readonly step: Program } {
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, constant(weights[name], shape)]),
  );
  return componentPrograms(model, world, parameters, batch);
}

/**
 * The model's two components. `encode`: an `ImaginationContext` -> `state/<name>`. `step`: `state/<name>` ->
 * `state/<name>` and what is predicted, `frame` u8 [B, H, W, C] or `motion` f32 [B, N, 13]. Where something acts, `encode`
 * takes `actions` f32 [B, T, A] too, and `step` an `action` f32 [B, A]; each takes the `noise/<name>` that the model
 * declares for it, and first those parameters that are inputs.
 */
export function componentPrograms(
  model: Model,
  world: World,
  parameters: Parameters,
  batch: number,
): { readonly encode: Program; readonly step: Program } {
  const { actions } = world;
  const { see, show, shown } = observationOf(world);
  const weights = Object.values(parameters).filter((tensor) => is(tensor, 'input'));
  const { context, ...others } = Object.fromEntries(
    Object.entries(contextShapes(model, world)).map(([name, { dtype, shape }]) => [
      name,
      input(name, [batch, ...shape], dtype),
    ]),
  );
  const acted = actions > 0 ? input('actions', [batch, model.contextFrames, actions]) : undefined;
  const action = actions > 0 ? input('action', [batch, actions]) : undefined;
  const noise = {
    encode: noiseInputs(model.noise?.encode, batch),
    step: noiseInputs(model.noise?.step, batch),
  };
  const clip = { ...see({ clips: context, ...others }), ...(acted && { actions: acted }) };
  const first = model.encode(parameters, clip, noise.encode);
  const state = Object.fromEntries(
    Object.entries(first).map(([name, { shape, dtype }]) => [name, input(`${STATE}${name}`, shape, dtype)]),
  );
  const next = model.step(parameters, state, action, noise.step);
  const given = (acting: Tensor<'input'> | undefined, drawn: Record<string, Tensor<'input'>>) => [
    ...(acting ? [acting] : []),
    ...Object.values(drawn),
  ];
  return {
    encode: optimize(
      program(named(first), [...weights, context, ...Object.values(others), ...given(acted, noise.encode)]),
    ),
    step: optimize(
      program({ ...named(next.state), [shown]: show(next) }, [
        ...weights,
        ...Object.values(state),
        ...given(action, noise.step),
      ]),
    ),
  };
}

/**
 * @param actions [B, context - 1 + steps, A]
 * @returns [B, context, A] with 0 for the last, which is not chosen yet, and [B, A] for each step; undefined where A is 0
 */
function splitActions(
  actions: Float32Array | undefined,
  extent: { readonly batch: number; readonly context: number; readonly steps: number; readonly size: number },
): { readonly context: Float32Array; readonly steps: readonly Float32Array[] } | undefined {
  const { batch, context, steps, size } = extent;
  const length = context - 1 + steps;
  if (actions && actions.length !== batch * length * size) {
    throw new Error(
      `actions: ${actions.length} numbers are not [${batch}, ${length}, ${size}]; give ${batch * length * size}`,
    );
  }
  if (size === 0) return undefined;
  const all = actions ?? new Float32Array(batch * length * size);
  const range = (from: number, to: number, into: number) => {
    const part = new Float32Array(batch * into * size);
    for (let b = 0; b < batch; b++)
      part.set(all.subarray((b * length + from) * size, (b * length + to) * size), b * into * size);
    return part;
  };
  return {
    context: range(0, context - 1, context),
    steps: Array.from({ length: steps }, (_, k) => range(context - 1 + k, context + k, 1)),
  };
}

function named(state: State): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`${STATE}${name}`, tensor]));
}
