import { foldIn, key, type Key } from '@orrery/random';
import { ofMotion } from './draw.ts';
import { frameBytes, recentFrame, type Context, type Predictor } from './predictor.ts';
import { statesOf } from './states.ts';

export interface RolloutOptions {
  /** [B, contextFrames - 1 + steps, A] f32 */
  readonly actions?: Float32Array | undefined;
  /** One a clip. */
  readonly keys?: readonly Key[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A learned model as the trainer hands it out. */
export interface Imagination {
  readonly contextFrames: number;
  /**
   * @param context `context` u8 [B, contextFrames, H, W, 3]; or f32 [B, contextFrames, N, 13] with `bodies` f32 [B, N, 12]
   * @returns [B, steps, H, W, 3] u8, or [B, steps, N, 13] f32
   */
  rollout(
    context: Readonly<Record<string, Uint8Array | Float32Array>>,
    batch: number,
    steps: number,
    options?: RolloutOptions,
  ): Promise<Uint8Array | Float32Array>;
}

/** A learned model that shows what it remembers. */
export interface Encoder {
  readonly contextFrames: number;
  /** @returns the model's state after a context, by name, [B, ...] each */
  encode(
    context: Readonly<Record<string, Uint8Array | Float32Array>>,
    batch: number,
    options?: RolloutOptions,
  ): Promise<Readonly<Record<string, ArrayLike<number>>>>;
}

export interface ImaginedWorld {
  readonly sees: 'frames' | 'states';
  /** A, numbers of an action */
  readonly actions: number;
}

/** The run's own model: encodes the context once, then imagines frame by frame from its own state. */
export function modelPredictor(
  imagination: Imagination,
  family: string,
  { sees, actions: size }: ImaginedWorld = { sees: 'frames', actions: 0 },
): Predictor {
  const { contextFrames } = imagination;
  const one = sees === 'frames' ? 'frame' : 'state';
  return {
    name: 'model',
    description: `The trained model (${family}), free running: each ${one} is predicted from what the model remembers of the ${contextFrames} context frames and of its own predictions${size > 0 ? ', and of the true actions' : ''}; it never sees another true ${one}.`,
    contextFrames,
    async predict(contexts, steps, signal) {
      if (contexts.length === 0) return [];
      const given = (sees === 'frames' ? shownFrames : shownStates)(contexts, contextFrames);
      const actions = actionsOf(contexts, contextFrames, contextFrames - 1 + steps, size);
      const keys = keysOf(contexts);
      const imagined = await imagination.rollout(given, contexts.length, steps, { actions, keys, signal });
      const each = imagined.length / contexts.length;
      return contexts.map((context, b) => {
        const own = imagined.subarray(b * each, (b + 1) * each);
        return own instanceof Uint8Array ? { frames: own } : ofMotion(context, own, steps);
      });
    },
  };
}

/** All that a model remembers of each context, as one row of numbers. */
export function modelEncoder(
  encoder: Encoder,
  { sees, actions: size }: ImaginedWorld,
): (contexts: readonly Context[]) => Promise<Float32Array[]> {
  const { contextFrames } = encoder;
  return async (contexts) => {
    if (contexts.length === 0) return [];
    const given = (sees === 'frames' ? shownFrames : shownStates)(contexts, contextFrames);
    const options = {
      actions: actionsOf(contexts, contextFrames, contextFrames - 1, size),
      keys: keysOf(contexts),
    };
    const state = Object.values(await encoder.encode(given, contexts.length, options));
    return contexts.map((_, b) => {
      const parts = state.map((values) => {
        const each = values.length / contexts.length;
        return Array.prototype.slice.call(values, b * each, (b + 1) * each) as number[];
      });
      return Float32Array.from(parts.flat());
    });
  };
}

/** [B, length, A] from the first of the last `contextFrames` frames on. */
function actionsOf(
  contexts: readonly Context[],
  contextFrames: number,
  length: number,
  size: number,
): Float32Array {
  const actions = new Float32Array(contexts.length * length * size);
  contexts.forEach((context, b) => {
    const first = (context.count - contextFrames) * size;
    const acting = context.actions ?? new Float32Array(0);
    actions.set(acting.subarray(first, first + length * size), b * length * size);
  });
  return actions;
}

const keysOf = (contexts: readonly Context[]): Key[] =>
  contexts.map(({ key: own }, b) => own ?? foldIn(key(0), b));

function shownFrames(contexts: readonly Context[], contextFrames: number) {
  const bytes = frameBytes(contexts[0]);
  const context = new Uint8Array(contexts.length * contextFrames * bytes);
  contexts.forEach((one, b) => {
    for (let t = 0; t < contextFrames; t++)
      context.set(recentFrame(one, contextFrames - 1 - t), (b * contextFrames + t) * bytes);
  });
  return { context };
}

function shownStates(contexts: readonly Context[], contextFrames: number) {
  const parts = contexts.map((one) => {
    const { motion, bodies } = statesOf(one);
    const each = motion.length / one.count;
    return { motion: motion.subarray((one.count - contextFrames) * each), bodies };
  });
  const joined = (name: 'motion' | 'bodies') => {
    const size = parts[0][name].length;
    const whole = new Float32Array(parts.length * size);
    parts.forEach((part, b) => whole.set(part[name], b * size));
    return whole;
  };
  return { context: joined('motion'), bodies: joined('bodies') };
}
