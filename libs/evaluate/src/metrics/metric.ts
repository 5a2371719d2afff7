/** The metrics of the scorecard: one row each. A new metric is a new row, or a new file with its row added here. */
import { decibels, meanSquaredError } from './psnr.ts';
import { positionError, type Positions } from './position.ts';
import { ssim } from './ssim.ts';

/** One predicted frame beside what happened. */
export interface Sample {
  readonly width: number;
  readonly height: number;
  /** [H, W, 3] u8 */
  readonly truth: Uint8Array;
  readonly predicted: Uint8Array;
  /** [M, 3] m, from the simulator */
  readonly truePositions: Positions;
  /** [M, 3] m, parsed from the predicted frame; NaN where a body is not found */
  readonly parsed: Positions;
  /** `parsed`, with a body that is not found left where it was found last */
  readonly held: Positions;
}

export interface Metric {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Decimals that are worth printing. */
  readonly digits: number;
  /** How the number is defined, for the report. */
  readonly description: string;
  /** One frame's contribution, which is averaged over rollouts (and steps) ... */
  measure(sample: Sample): number;
  /** ... and then turned into the metric. */
  fromMean(mean: number): number;
}

const same = (mean: number): number => mean;

export const metrics: readonly Metric[] = [
  {
    name: 'psnr',
    label: 'PSNR',
    unit: 'dB',
    better: 'higher',
    digits: 2,
    description:
      'Peak signal-to-noise ratio, 10 log10(255² / MSE), of the squared error averaged over all pixels, channels and rollouts (and steps, where a row covers several). Averaging the error rather than decibels keeps a frame that is met exactly from making the mean infinite.',
    measure: (sample) => meanSquaredError(sample.predicted, sample.truth),
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
    measure: (sample) => ssim(sample.predicted, sample.truth, sample),
    fromMean: same,
  },
  {
    name: 'position_error',
    label: 'position error',
    unit: 'm',
    better: 'lower',
    digits: 3,
    description:
      'Distance between the position of a body as parsed from the predicted frame by its colour and its true position in the simulator, averaged over bodies and rollouts. A body that is not found counts where it was found last in that rollout. The row "truth" parses the true frames: the floor of this measurement.',
    measure: (sample) => positionError(sample.held, sample.truePositions),
    fromMean: same,
  },
  {
    name: 'lost',
    label: 'bodies lost',
    unit: '%',
    better: 'lower',
    digits: 1,
    description:
      'Share of the bodies that are not found in the predicted frame: nowhere does their colour cover 30 % of a disc of their size.',
    measure: ({ parsed }) => {
      let lost = 0;
      for (let i = 0; i < parsed.length; i += 3) if (Number.isNaN(parsed[i])) lost += 1;
      return lost / (parsed.length / 3);
    },
    fromMean: (mean) => 100 * mean,
  },
];

/** @throws when no metric has this name */
export function metricNamed(name: string): Metric {
  const found = metrics.find((metric) => metric.name === name);
  if (!found)
    throw new Error(`metric "${name}": unknown; choose one of ${metrics.map((m) => m.name).join(', ')}`);
  return found;
}
