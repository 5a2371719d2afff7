/** A trained model that continues clips, frame by frame, on onnxruntime. */
import {
  add,
  cast,
  constant,
  floor,
  input,
  is,
  mul,
  optimize,
  program,
  transpose,
  type Program,
  type Tensor,
} from '@orrery/graph';
import type { Model, NoiseSpecs, Parameters, State, World } from '@orrery/models';
import type { Session } from '@orrery/onnx';
import { createSession } from '@orrery/onnx/node';
import { foldIn, key, type Key } from '@orrery/random';
import type { TrainedModel } from './load.ts';
import { drawNoise, noiseInputs } from './noise.ts';
import { toFrames } from './train-step.ts';

export interface Imagination {
  /** Frames that a context has. */
  readonly contextFrames: number;
  /**
   * Free running: after the context, the model sees only what it predicts.
   * @param context [B, contextFrames, H, W, 3] u8
   * @returns [B, steps, H, W, 3] u8
   */
  rollout(context: Uint8Array, batch: number, steps: number, options?: RolloutOptions): Promise<Uint8Array>;
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
  const frameBytes = world.height * world.width * world.channels;
  const contextBytes = model.contextFrames * frameBytes;
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

  return {
    contextFrames: model.contextFrames,
    async rollout(context, batch, steps, { actions, keys, signal } = {}) {
      if (context.length !== batch * contextBytes) {
        throw new Error(
          `context: ${context.length} bytes are not [${batch}, ${model.contextFrames}, ${world.height}, ${world.width}, ${world.channels}]; give ${batch * contextBytes}`,
        );
      }
      const acting = splitActions(actions, {
        batch,
        steps,
        context: model.contextFrames,
        size: world.actions,
      });
      const seeds = keys ?? Array.from({ length: batch }, (_, b) => foldIn(key(0), b));
      // Draws of the context come before those of the first step.
      const noiseOf = (specs: NoiseSpecs | undefined, call: number) =>
        drawNoise(
          specs,
          seeds.map((seed) => foldIn(seed, call)),
          1,
        );
      const { encode, step } = await sessionsFor(batch);
      const frames = new Uint8Array(batch * steps * frameBytes);
      let { ...state } = await encode.run({
        ...{ context, ...noiseOf(model.noise?.encode, 0) },
        ...(acting && { actions: acting.context }),
      });
      for (let k = 0; k < steps; k++) {
        signal?.throwIfAborted();
        const { frame, ...next } = await step.run({
          ...{ ...state, ...noiseOf(model.noise?.step, k + 1) },
          ...(acting && { action: acting.steps[k] }),
        });
        for (let b = 0; b < batch; b++) {
          const bytes = (frame.data as Uint8Array).subarray(b * frameBytes, (b + 1) * frameBytes);
          frames.set(bytes, (b * steps + k) * frameBytes);
        }
        state = next;
      }
      return frames;
    },
    close,
  };
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
 * The model's two components. `encode`: `context` u8 [B, T, H, W, C] -> `state/<name>`. `step`: `state/<name>` ->
 * `state/<name>`, `frame` u8 [B, H, W, C]. Where something acts, `encode` takes `actions` f32 [B, T, A] too, and `step` an
 * `action` f32 [B, A]; each takes the `noise/<name>` that the model declares for it, and first those parameters that are
 * inputs.
 */
export function componentPrograms(
  model: Model,
  world: World,
  parameters: Parameters,
  batch: number,
): { readonly encode: Program; readonly step: Program } {
  const { height, width, channels, actions } = world;
  const weights = Object.values(parameters).filter((tensor) => is(tensor, 'input'));
  const context = input('context', [batch, model.contextFrames, height, width, channels], 'u8');
  const acted = actions > 0 ? input('actions', [batch, model.contextFrames, actions]) : undefined;
  const action = actions > 0 ? input('action', [batch, actions]) : undefined;
  const noise = {
    encode: noiseInputs(model.noise?.encode, batch),
    step: noiseInputs(model.noise?.step, batch),
  };
  const clip = { frames: toFrames(context), ...(acted && { actions: acted }) };
  const first = model.encode(parameters, clip, noise.encode);
  const state = Object.fromEntries(
    Object.entries(first).map(([name, { shape, dtype }]) => [name, input(`state/${name}`, shape, dtype)]),
  );
  const next = model.step(parameters, state, action, noise.step);
  const given = (acting: Tensor<'input'> | undefined, drawn: Record<string, Tensor<'input'>>) => [
    ...(acting ? [acting] : []),
    ...Object.values(drawn),
  ];
  return {
    encode: optimize(program(named(first), [...weights, context, ...given(acted, noise.encode)])),
    step: optimize(
      program({ ...named(next.state), frame: toBytes(next.frame) }, [
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
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`state/${name}`, tensor]));
}

/** f32 [B, C, H, W] in [0, 1] -> u8 [B, H, W, C], rounded. */
function toBytes(frame: Tensor): Tensor {
  return transpose(cast(floor(add(mul(frame, 255), 0.5)), 'u8'), [0, 2, 3, 1]);
}
