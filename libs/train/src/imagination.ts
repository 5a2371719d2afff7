/** A trained model that continues clips, frame by frame, on onnxruntime. */
import {
  add,
  cast,
  constant,
  floor,
  input,
  mul,
  optimize,
  program,
  transpose,
  type Program,
  type Tensor,
} from '@orrery/graph';
import type { Model, State, World } from '@orrery/models';
import type { Session } from '@orrery/onnx';
import { createSession } from '@orrery/onnx/node';
import type { TrainedModel } from './load.ts';
import { toFrames } from './train-step.ts';

export interface Imagination {
  /** Frames that a context has. */
  readonly contextFrames: number;
  /**
   * Free running: after the context, the model sees only what it predicts.
   * @param context [B, contextFrames, H, W, 3] u8
   * @returns [B, steps, H, W, 3] u8
   */
  rollout(context: Uint8Array, batch: number, steps: number, signal?: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
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
    async rollout(context, batch, steps, signal) {
      if (context.length !== batch * contextBytes) {
        throw new Error(
          `context: ${context.length} bytes are not [${batch}, ${model.contextFrames}, ${world.height}, ${world.width}, ${world.channels}]; give ${batch * contextBytes}`,
        );
      }
      const { encode, step } = await sessionsFor(batch);
      const frames = new Uint8Array(batch * steps * frameBytes);
      let { ...state } = await encode.run({ context });
      for (let k = 0; k < steps; k++) {
        signal?.throwIfAborted();
        const { frame, ...next } = await step.run(state);
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

/**
 * The model's two components with its weights inside. `encode`: `context` u8 [B, T, H, W, C] -> `state/<name>`.
 * `step`: `state/<name>` -> `state/<name>`, `frame` u8 [B, H, W, C].
 */
export function imaginationPrograms(
  model: Model,
  world: World,
  weights: Readonly<Record<string, Float32Array>>,
  batch: number,
): { readonly encode: Program; readonly step: Program } {
  const { height, width, channels } = world;
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, constant(weights[name], shape)]),
  );
  const context = input('context', [batch, model.contextFrames, height, width, channels], 'u8');
  const first = model.encode(parameters, { frames: toFrames(context) });
  const state = Object.fromEntries(
    Object.entries(first).map(([name, { shape, dtype }]) => [name, input(`state/${name}`, shape, dtype)]),
  );
  const next = model.step(parameters, state);
  return {
    encode: optimize(program(named(first), [context])),
    step: optimize(program({ ...named(next.state), frame: toBytes(next.frame) }, Object.values(state))),
  };
}

function named(state: State): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`state/${name}`, tensor]));
}

/** f32 [B, C, H, W] in [0, 1] -> u8 [B, H, W, C], rounded. */
function toBytes(frame: Tensor): Tensor {
  return transpose(cast(floor(add(mul(frame, 255), 0.5)), 'u8'), [0, 2, 3, 1]);
}
