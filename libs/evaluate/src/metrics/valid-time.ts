/**
 * Valid prediction time: how long a rollout can be believed. Source: Botev et al., "Which priors matter? Benchmarking
 * models for learning latent dynamics" (2021), section 4, where it is the first time at which the error exceeds a
 * threshold; there the error is that of pictures, here that of positions.
 */
import { silhouetteRadius } from '../bodies/place.ts';
import { NOT_FOLLOWED, same, type Facts, type RolloutMetric, type Tally } from './definition.ts';
import { shownError, type Rollout } from './rollout.ts';

/** Mean radii of the bodies by which their positions may be off on average. */
export const VALID_WITHIN_RADII = 1;

/**
 * Predicted frames before the first one in which the position error, averaged over the bodies that the true frame shows,
 * exceeds the bodies' mean radius (of a disc of the silhouette's area).
 * @returns at most `steps`; NaN where no body is followed
 */
export function validFrames(rollout: Rollout, steps: number): number {
  const { parser, clip, context } = rollout;
  const radii = parser.bodies
    .map((index) => clip.scene.bodies[index])
    // One that the scene lacks is followed, and has no size.
    .filter(({ mass }) => mass > 0)
    .map(silhouetteRadius);
  if (radii.length === 0) return NaN;
  const threshold = (VALID_WITHIN_RADII * radii.reduce((a, b) => a + b)) / radii.length;
  for (let step = 0; step < steps; step++) {
    if (shownError(rollout, context + step) > threshold) return step;
  }
  return steps;
}

const once = (value: number): Tally =>
  Number.isNaN(value) ? { sum: 0, weight: 0 } : { sum: value, weight: 1 };
const DEFINITION =
  'before the position error, averaged over the bodies that the true frame shows, first exceeds the bodies’ mean radius, averaged over rollouts. A rollout that stays valid counts with its whole length, so the number is at most that of the predicted frames.';
const unavailable = ({ rollout }: Facts) => (rollout.parser.bodies.length === 0 ? NOT_FOLLOWED : undefined);

export const validTimeMetrics: readonly RolloutMetric[] = [
  {
    name: 'valid_time',
    label: 'valid prediction time',
    unit: 's',
    better: 'higher',
    digits: 2,
    description: `Time ${DEFINITION} (Botev et al. 2021, there with an error of pictures.)`,
    unavailable,
    measure: (rollout, steps) => once(validFrames(rollout, steps) * rollout.clip.scene.dt),
    fromMean: same,
  },
  {
    name: 'valid_frames',
    label: 'valid frames',
    unit: 'frames',
    better: 'higher',
    digits: 1,
    description: `Predicted frames ${DEFINITION}`,
    unavailable,
    measure: (rollout, steps) => once(validFrames(rollout, steps)),
    fromMean: same,
  },
];
