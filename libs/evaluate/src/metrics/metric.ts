/**
 * The metrics of the scorecard, a row each: those of each predicted frame, and those of a rollout as a whole. A new metric
 * is a new file with its rows added here.
 */
import { contactMetrics } from './contact.ts';
import { percent, same, type Metric, type RolloutMetric } from './definition.ts';
import { motionMetrics } from './motion.ts';
import { penetrationMetrics } from './penetration.ts';
import { permanenceMetrics } from './permanence.ts';
import { decibels, meanSquaredError } from './psnr.ts';
import { atFrame, perStep, shownError, shownRows, type Rollout } from './rollout.ts';
import { ssim } from './ssim.ts';
import { validTimeMetrics } from './valid-time.ts';

function picture(frames: Uint8Array, { clip: { width, height } }: Rollout, t: number): Uint8Array {
  const bytes = width * height * 3;
  return frames.subarray(t * bytes, (t + 1) * bytes);
}

/** [S] of predicted and true pictures */
function perPicture(
  rollout: Rollout,
  measure: (predicted: Uint8Array, truth: Uint8Array) => number,
): Float64Array {
  const { frames, clip } = rollout;
  return perStep(rollout, (t) => measure(picture(frames, rollout, t), picture(clip.frames, rollout, t)));
}

/** Share of the bodies that the true frame shows which are not found in the predicted one; NaN without one. */
function lostShare(rollout: Rollout, t: number): number {
  const rows = shownRows(rollout, t);
  const parsed = atFrame(rollout.parsed, rollout, t);
  return rows.filter((row) => Number.isNaN(parsed[3 * row])).length / rows.length;
}

export const metrics: readonly Metric[] = [
  {
    name: 'psnr',
    label: 'PSNR',
    unit: 'dB',
    better: 'higher',
    digits: 2,
    description:
      'Peak signal-to-noise ratio, 10 log10(255² / MSE), of the squared error averaged over all pixels, channels and rollouts (and steps, where a row covers several). Averaging the error rather than decibels keeps a frame that is met exactly from making the mean infinite.',
    measure: (rollout) => perPicture(rollout, meanSquaredError),
    fromMean: decibels,
  },
  {
    name: 'ssim',
    label: 'SSIM',
    unit: '',
    better: 'higher',
    digits: 3,
    description:
      'Structural similarity (Wang et al. 2004): Gaussian window of 11x11, sigma 1.5, mean over windows inside the picture, colour channels and rollouts.',
    measure: (rollout) => perPicture(rollout, (predicted, truth) => ssim(predicted, truth, rollout.clip)),
    fromMean: same,
  },
  {
    name: 'position_error',
    label: 'position error',
    unit: 'm',
    better: 'lower',
    digits: 3,
    description:
      'Distance between the position of a body as parsed from the predicted frame by its colour and its true position in the simulator, averaged over rollouts and the bodies that the true frame shows. A body that is not found counts where it was found last in that rollout. The row "truth" parses the true frames: the floor of this measurement.',
    measure: (rollout) => perStep(rollout, (t) => shownError(rollout, t)),
    fromMean: same,
  },
  {
    name: 'lost',
    label: 'bodies lost',
    unit: '%',
    better: 'lower',
    digits: 1,
    description:
      'Share of the bodies that the true frame shows and that are not found in the predicted frame: nowhere does their colour cover 30 % of a disc of their size.',
    measure: (rollout) => perStep(rollout, (t) => lostShare(rollout, t)),
    fromMean: percent,
  },
  ...motionMetrics,
  ...penetrationMetrics,
];

export const rolloutMetrics: readonly RolloutMetric[] = [
  ...validTimeMetrics,
  ...contactMetrics,
  ...permanenceMetrics,
];

/** @throws when no metric has this name */
export function metricNamed(name: string): Metric | RolloutMetric {
  const all = [...metrics, ...rolloutMetrics];
  const found = all.find((metric) => metric.name === name);
  if (!found)
    throw new Error(`metric "${name}": unknown; choose one of ${all.map((m) => m.name).join(', ')}`);
  return found;
}
