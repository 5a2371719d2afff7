/** The learning rate of each step, computed on the host: a scalar input of the training graph. */

/** @param step 1 at the first update */
export type Schedule = (step: number) => number;

export const scheduleNames = ['constant', 'cosine', 'wsd'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

export interface ScheduleOptions {
  /** The largest learning rate. */
  readonly peak: number;
  /** Steps of the whole training. */
  readonly steps: number;
  /** Steps over which the rate grows linearly to its peak, 0 by default. */
  readonly warmup?: number;
  /** Fraction of the peak at the end, 0 by default (cosine and wsd). */
  readonly final?: number;
  /** Fraction of the steps over which wsd falls, 0.2 by default. */
  readonly decay?: number;
}

/** @throws when warm-up does not fit into the steps */
export function schedule(name: ScheduleName, options: ScheduleOptions): Schedule {
  const { peak, steps, warmup = 0, final = 0, decay = 0.2 } = options;
  if (warmup > steps) {
    throw new Error(`schedule: ${warmup} warm-up steps do not fit into ${steps} steps; lower "warmup"`);
  }
  const shape = { constant, cosine, wsd }[name];
  return (step) => {
    if (warmup > 0 && step <= warmup) return (peak * step) / warmup;
    const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
    return peak * (final + (1 - final) * shape(progress, (decay * steps) / Math.max(1, steps - warmup)));
  };
}

// Each from 1 (the peak) to 0 (`final`), by the fraction of the steps after warm-up.
const constant = () => 1;
/** Loshchilov and Hutter (2017), equation 5, without restarts. */
const cosine = (progress: number) => (1 + Math.cos(Math.PI * progress)) / 2;
/** Warm-up, stable, decay: Hu et al. (2024), section 4.2, with a linear decay over the last part. */
const wsd = (progress: number, decay: number) => Math.min(1, (1 - progress) / Math.max(decay, 1e-9));
