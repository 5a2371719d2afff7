/** What a metric is: of each predicted frame, or of a whole rollout. */
import type { Rollout } from './rollout.ts';

/** What is the same in all clips of an evaluation. */
export interface Facts {
  readonly rollout: Rollout;
  /**
   * How far a followed body's true place is from where a camera without depth tells it, at most, in radii of the body:
   * small where bodies move in planes that face the camera.
   */
  readonly depthError: number;
}

interface Described {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Decimals that are worth printing. */
  readonly digits: number;
  /** How the number is defined, for the report. */
  readonly description: string;
  /** Why it cannot be measured here, as a clause; undefined where it can. */
  readonly unavailable?: (facts: Facts) => string | undefined;
  /** Why there may be nothing to measure in all of the clips, as a clause. */
  readonly empty?: string;
}

/** A number for each predicted frame. */
export interface Metric extends Described {
  /** [S]: each frame's contribution, which is averaged over rollouts (and steps); NaN where a frame has none. */
  readonly measure: (rollout: Rollout) => Float64Array;
  /** Turns the average into the metric. */
  readonly fromMean: (mean: number) => number;
}

/** Sums whose quotient is a metric: over many rollouts, sums add up. */
export interface Tally {
  readonly sum: number;
  /** 0 where there was nothing to measure. */
  readonly weight: number;
}

/** A number for a rollout as a whole. */
export interface RolloutMetric extends Described {
  /** What the first `steps` predicted frames contribute: the metric is the quotient of the sums over all rollouts. */
  readonly measure: (rollout: Rollout, steps: number) => Tally;
  /** Turns the quotient into the metric. */
  readonly fromMean: (mean: number) => number;
}

export const same = (mean: number): number => mean;
export const percent = (mean: number): number => 100 * mean;

/** Why positions in space are not told by the camera; undefined where they are. */
export function hiddenDepth({ rollout, depthError }: Facts): string | undefined {
  if (rollout.parser.bodies.length === 0) return NOT_FOLLOWED;
  if (depthError <= DEPTH_TOLERANCE) return undefined;
  return `bodies leave the plane in which one camera can place them, by up to ${depthError.toFixed(1)} radii`;
}

export const NOT_FOLLOWED = 'no body can be followed by colour';

/** Radii of a body by which its place may be off in depth where positions in space are read. */
const DEPTH_TOLERANCE = 0.5;
