import { foldIn, key, type Key } from '@orrery/random';
import { frameBytes, recentFrame, type Predictor } from './predictor.ts';

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
   * @param context [B, contextFrames, H, W, 3] u8
   * @returns [B, steps, H, W, 3] u8
   */
  rollout(context: Uint8Array, batch: number, steps: number, options?: RolloutOptions): Promise<Uint8Array>;
}

/**
 * The run's own model: encodes the context once, then imagines frame by frame from its own state.
 * @param size A, numbers of an action
 */
export function modelPredictor(imagination: Imagination, family: string, size = 0): Predictor {
  const { contextFrames } = imagination;
  return {
    name: 'model',
    description: `The trained model (${family}), free running: each frame is predicted from what the model remembers of the ${contextFrames} context frames and of its own predictions${size > 0 ? ', and of the true actions' : ''}; it never sees another true frame.`,
    contextFrames,
    async predict(contexts, steps, signal) {
      if (contexts.length === 0) return [];
      const bytes = frameBytes(contexts[0]);
      const given = new Uint8Array(contexts.length * contextFrames * bytes);
      contexts.forEach((context, b) => {
        for (let t = 0; t < contextFrames; t++)
          given.set(recentFrame(context, contextFrames - 1 - t), (b * contextFrames + t) * bytes);
      });
      const length = contextFrames - 1 + steps;
      const actions = new Float32Array(contexts.length * length * size);
      contexts.forEach((context, b) => {
        const first = (context.count - contextFrames) * size;
        const acting = context.actions ?? new Float32Array(0);
        actions.set(acting.subarray(first, first + length * size), b * length * size);
      });
      const keys = contexts.map(({ key: own }, b) => own ?? foldIn(key(0), b));
      const frames = await imagination.rollout(given, contexts.length, steps, { actions, keys, signal });
      return contexts.map((_, b) => frames.subarray(b * steps * bytes, (b + 1) * steps * bytes));
    },
  };
}
