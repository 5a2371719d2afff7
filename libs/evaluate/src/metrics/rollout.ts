/** A predictor's rollout beside what happened: all that a metric may look at. T = context + steps frames, M bodies. */
import type { Follower } from '../bodies/parse.ts';
import type { TrueClip } from '../clips.ts';
import { positionError } from './position.ts';

export interface Rollout {
  readonly clip: TrueClip;
  readonly parser: Follower;
  /** Frames that were given. */
  readonly context: number;
  /** S, frames that were predicted. */
  readonly steps: number;
  /** [T, H, W, 3] u8, its context that of the truth */
  readonly frames: Uint8Array;
  /** [T, M, 3] m, true positions as the camera tells them */
  readonly seen: Float64Array;
  /** [T, M] share of each body's silhouette that the true frame shows, about 1 where nothing is before it */
  readonly shown: Float64Array;
  /** [T, M, 3] m, parsed from `frames`; NaN where a body is not found */
  readonly parsed: Float64Array;
  /** `parsed`, with a body that is not found left where it was found last */
  readonly held: Float64Array;
}

/** Values of frame `t`, a view: [M, each] of an array [T, M, each]. */
export function atFrame(values: Float64Array, { parser }: Rollout, t: number, each = 3): Float64Array {
  const size = parser.bodies.length * each;
  return values.subarray(t * size, (t + 1) * size);
}

/** One number a predicted frame. @param measure is given the frame's index in the clip */
export function perStep({ context, steps }: Rollout, measure: (t: number) => number): Float64Array {
  return Float64Array.from({ length: steps }, (_, step) => measure(context + step));
}

/** A body of which less than this is seen is hidden; a parser does not find it then. */
export const HIDDEN_BELOW = 0.3;

/** Rows of the bodies that the true frame `t` shows: neither hidden behind others nor outside the picture. */
export function shownRows(rollout: Rollout, t: number): number[] {
  const shares = atFrame(rollout.shown, rollout, t, 1);
  return rollout.parser.bodies.flatMap((_, row) => (shares[row] >= HIDDEN_BELOW ? [row] : []));
}

/** Mean distance, m, between where the bodies that the true frame shows are predicted and where they are; NaN without one. */
export function shownError(rollout: Rollout, t: number): number {
  const rows = shownRows(rollout, t);
  const of = (values: Float64Array) =>
    Float64Array.from(rows.flatMap((row) => [...atFrame(values, rollout, t).subarray(3 * row, 3 * row + 3)]));
  return positionError(of(rollout.held), of(rollout.seen));
}
