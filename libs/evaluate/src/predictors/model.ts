import { frameBytes, recentFrame, type Predictor } from './predictor.ts';

/** A learned model as the trainer hands it out. */
export interface Imagination {
  readonly contextFrames: number;
  /**
   * @param context [B, contextFrames, H, W, 3] u8
   * @returns [B, steps, H, W, 3] u8
   */
  rollout(context: Uint8Array, batch: number, steps: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** The run's own model: encodes the context once, then imagines frame by frame from its own state. */
export function modelPredictor(imagination: Imagination, family: string): Predictor {
  const { contextFrames } = imagination;
  return {
    name: 'model',
    description: `The trained model (${family}), free running: each frame is predicted from what the model remembers of the ${contextFrames} context frames and of its own predictions; it never sees another true frame.`,
    contextFrames,
    async predict(contexts, steps, signal) {
      if (contexts.length === 0) return [];
      const bytes = frameBytes(contexts[0]);
      const given = new Uint8Array(contexts.length * contextFrames * bytes);
      contexts.forEach((context, b) => {
        for (let t = 0; t < contextFrames; t++)
          given.set(recentFrame(context, contextFrames - 1 - t), (b * contextFrames + t) * bytes);
      });
      const frames = await imagination.rollout(given, contexts.length, steps, signal);
      return contexts.map((_, b) => frames.subarray(b * steps * bytes, (b + 1) * steps * bytes));
    },
  };
}
