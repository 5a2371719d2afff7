/** Measures predictions of one clip against what happened. */
import type { BodyParser } from './bodies/parse.ts';
import type { TrueClip } from './clips.ts';
import { metrics } from './metrics/metric.ts';
import { holdLost, positionError } from './metrics/position.ts';
import { psnr } from './metrics/psnr.ts';

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
  /** By metric, `Metric.measure` of each predicted frame: [longest] */
  readonly values: Readonly<Record<string, Float64Array>>;
}

/**
 * @param predicted [longest, H, W, 3] u8; the true frames themselves give the parser's floor
 * @param context frames of the clip that were given
 */
export function measureRollout(
  clip: TrueClip,
  predicted: Uint8Array,
  context: number,
  parser: BodyParser,
): MeasuredRollout {
  const { width, height } = clip;
  const bytes = width * height * 3;
  const total = clip.frames.length / bytes;
  const longest = total - context;
  if (predicted.length !== longest * bytes)
    throw new Error(
      `prediction: ${predicted.length} bytes are not [${longest}, ${height}, ${width}, 3]; predict each frame of the clip`,
    );
  const frames = new Uint8Array(clip.frames.length);
  frames.set(clip.frames.subarray(0, context * bytes));
  frames.set(predicted, context * bytes);

  const bodies = parser.bodies.length;
  const stride = clip.position.length / total;
  const result = {
    frames,
    parsed: new Float32Array(total * bodies * 3),
    psnr: new Float32Array(total),
    positionError: new Float32Array(total),
    values: Object.fromEntries(metrics.map(({ name }) => [name, new Float64Array(longest)])),
  };
  // A body that is hidden from the first frame on counts at the centre of the picture until it is found.
  let held = parser.centre;
  for (let t = 0; t < total; t++) {
    const truth = clip.frames.subarray(t * bytes, (t + 1) * bytes);
    const frame = frames.subarray(t * bytes, (t + 1) * bytes);
    const truePositions = parser.seen(clip.position.subarray(t * stride, (t + 1) * stride));
    const parsed = parser.parse(frame).positions;
    held = holdLost(parsed, held);
    result.parsed.set(parsed, t * bodies * 3);
    result.psnr[t] = psnr(frame, truth);
    result.positionError[t] = positionError(held, truePositions);
    if (t < context) continue;
    const sample = { width, height, truth, predicted: frame, truePositions, parsed, held };
    for (const metric of metrics) result.values[metric.name][t - context] = metric.measure(sample);
  }
  return result;
}
