/** Measures predictions of one clip against what happened. */
import type { Follower } from './bodies/parse.ts';
import { reachOf } from './bodies/place.ts';
import { shownShares } from './bodies/shown.ts';
import type { TrueClip } from './clips.ts';
import type { Tally } from './metrics/definition.ts';
import { metrics, rolloutMetrics } from './metrics/metric.ts';
import { holdLost, positionError } from './metrics/position.ts';
import { psnr } from './metrics/psnr.ts';
import type { Rollout } from './metrics/rollout.ts';
import type { Prediction } from './predictors/predictor.ts';

/** A predictor's rollout of T = context + longest frames, frame by frame. */
export interface MeasuredRollout {
  /** [T, H, W, 3] u8, its context equal to the truth */
  readonly frames: Uint8Array;
  /** [T, M, 3] m, NaN where a body is not found */
  readonly parsed: Float32Array;
  /** [T] dB */
  readonly psnr: Float32Array;
  /** [T] m, mean over bodies */
  readonly positionError: Float32Array;
  /** By metric, `Metric.measure`: [longest] */
  readonly values: Readonly<Record<string, Float64Array>>;
  /** By rollout metric, `RolloutMetric.measure` over each of the windows. */
  readonly tallies: Readonly<Record<string, readonly Tally[]>>;
}

/** What happened in a clip, as a camera without depth tells it; the same for all predictors. */
export interface Truth {
  readonly clip: TrueClip;
  readonly parser: Follower;
  /** Frames of the clip that are given. */
  readonly context: number;
  readonly seen: Rollout['seen'];
  readonly shown: Rollout['shown'];
  /** See `Facts`. */
  readonly depthError: number;
}

/** @param context frames of the clip that are given */
export function observe(clip: TrueClip, context: number, parser: Follower): Truth {
  const n = clip.scene.bodies.length;
  const frames = clip.position.length / (3 * n);
  const seen = new Float64Array(frames * parser.bodies.length * 3);
  let depthError = 0;
  for (let t = 0; t < frames; t++) {
    const position = clip.position.subarray(3 * n * t, 3 * n * (t + 1));
    const told = parser.seen(position);
    seen.set(told, t * told.length);
    parser.bodies.forEach((index, i) => {
      const off = Math.hypot(...[0, 1, 2].map((axis) => told[3 * i + axis] - position[3 * index + axis]));
      depthError = Math.max(depthError, off / reachOf(clip.scene.bodies[index]));
    });
  }
  return { clip, parser, context, seen, shown: shownShares(clip, parser), depthError };
}

/**
 * @param predicted of [longest] frames; the true frames themselves give the parser's floor
 * @param windows numbers of predicted frames over which rollouts are measured as a whole
 */
export function measureRollout(
  truth: Truth,
  predicted: Prediction,
  windows: readonly number[],
): MeasuredRollout {
  const rollout = parseRollout(truth, predicted);
  const { frames, parsed, held, seen, parser, clip } = rollout;
  const bytes = clip.width * clip.height * 3;
  const each = 3 * parser.bodies.length;
  const total = frames.length / bytes;
  return {
    frames,
    parsed: Float32Array.from(parsed),
    psnr: Float32Array.from({ length: total }, (_, t) =>
      psnr(frames.subarray(t * bytes, (t + 1) * bytes), clip.frames.subarray(t * bytes, (t + 1) * bytes)),
    ),
    positionError: Float32Array.from({ length: total }, (_, t) =>
      positionError(held.subarray(t * each, (t + 1) * each), seen.subarray(t * each, (t + 1) * each)),
    ),
    values: Object.fromEntries(metrics.map((metric) => [metric.name, metric.measure(rollout)])),
    tallies: Object.fromEntries(
      rolloutMetrics.map((metric) => [
        metric.name,
        windows.map((steps) => metric.measure(rollout, Math.min(steps, rollout.steps))),
      ]),
    ),
  };
}

/** A prediction with its context before it, and its bodies where it says that they are, or where they are found. */
export function parseRollout(truth: Truth, { frames: predicted, position }: Prediction): Rollout {
  const { clip, parser, context } = truth;
  const { width, height } = clip;
  const bytes = width * height * 3;
  const total = clip.frames.length / bytes;
  const steps = total - context;
  if (predicted.length !== steps * bytes)
    throw new Error(
      `prediction: ${predicted.length} bytes are not [${steps}, ${height}, ${width}, 3]; predict each frame of the clip`,
    );
  const frames = new Uint8Array(clip.frames.length);
  frames.set(clip.frames.subarray(0, context * bytes));
  frames.set(predicted, context * bytes);
  const each = 3 * parser.bodies.length;
  const parsed = new Float64Array(total * each);
  const held = new Float64Array(total * each);
  const found = (t: number): Float64Array => {
    if (!position) return parser.parse!(frames.subarray(t * bytes, (t + 1) * bytes)).positions;
    if (t < context) return truth.seen.slice(t * each, (t + 1) * each);
    const size = 3 * clip.scene.bodies.length;
    return parser.seen(position.subarray((t - context) * size, (t - context + 1) * size));
  };
  // A body that is hidden from the first frame on counts at the centre of the picture until it is found.
  let last = parser.centre;
  for (let t = 0; t < total; t++) {
    const positions = found(t);
    last = holdLost(positions, last);
    parsed.set(positions, t * each);
    held.set(last, t * each);
  }
  return { ...truth, steps, frames, parsed, held };
}
