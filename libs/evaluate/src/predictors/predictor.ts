/** What the scorecard compares: anything that continues a clip. */
import type { Key } from '@orrery/random';
import type { Scene } from '@orrery/scene';

/** What a predictor is given: the frames before the present, and the actions before and after it. */
export interface Context {
  /** [count, H, W, 3] u8 */
  readonly frames: Uint8Array;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /**
   * [T, A] f32 of count + steps frames or more: action t leads from frame t of the context to the next, and on through the predicted frames;
   * absent or empty where nothing acts
   */
  readonly actions?: Float32Array | undefined;
  /** What a predictor that draws draws from: the clip's own, whatever is predicted beside it. */
  readonly key?: Key | undefined;
  /** For predictors that know the world (the colours of its bodies, its camera); a learned model does not read it. */
  readonly scene: Scene;
  /** For predictors of states, where the dataset records them. */
  readonly states?: SeenStates | undefined;
  /** What is still to come, for the oracle alone. */
  readonly future?: Future | undefined;
}

/** True states of the frames after a context, of N bodies. */
export interface Future {
  /** Index in its episode of the first of them. */
  readonly frame: number;
  /** [S, N, 3] m */
  readonly position: Float32Array;
  /** [S, N, 4] x, y, z, w */
  readonly quaternion: Float32Array;
}

/** States of the frames of a context, of N bodies, as models take them. */
export interface SeenStates {
  /** [count, N, 13] */
  readonly motion: Float32Array;
  /** [N, 12] */
  readonly bodies: Float32Array;
}

/** What a predictor makes of one context. */
export interface Prediction {
  /** [steps, H, W, 3] u8 */
  readonly frames: Uint8Array;
  /** [steps, N, 3] m, of predictors of states; where there is none, bodies are looked for in the frames */
  readonly position?: Float32Array | undefined;
}

export interface Predictor {
  /** kebab-case; "model" for the run's own */
  readonly name: string;
  /** One sentence for the report: what it does and what it knows. */
  readonly description: string;
  /** Context frames that it needs. */
  readonly contextFrames: number;
  /**
   * @param contexts B contexts of one size with at least `contextFrames` frames; the last frame is the present
   * @returns B predictions
   */
  predict(contexts: readonly Context[], steps: number, signal?: AbortSignal): Promise<Prediction[]>;
}

/** Bytes of one frame. */
export function frameBytes({ width, height }: Pick<Context, 'width' | 'height'>): number {
  return width * height * 3;
}

/** The context's frame `ago` frames before its last one; a view. */
export function recentFrame(context: Context, ago = 0): Uint8Array {
  const index = context.count - 1 - ago;
  if (index < 0)
    throw new Error(
      `context: ${context.count} frames, but the predictor reads ${ago + 1}; give more context frames`,
    );
  const bytes = frameBytes(context);
  return context.frames.subarray(index * bytes, (index + 1) * bytes);
}
