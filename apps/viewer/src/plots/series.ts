/** What the plots draw: one row of numbers a predictor. */
import type { LoadedModel } from '../model.ts';
import type { Prediction } from '../data.ts';

/** A quantity that has a value in each frame. */
export interface Quantity {
  readonly name: string;
  readonly unit: string;
  /** Decimals worth reading. */
  readonly digits: number;
  /** Whether its axis starts at 0. */
  readonly fromZero: boolean;
  readonly of: (prediction: Prediction) => Float32Array;
}

export const quantities: readonly Quantity[] = [
  {
    name: 'Position error',
    unit: 'm',
    digits: 3,
    fromZero: true,
    of: (prediction) => prediction.positionError,
  },
  { name: 'PSNR', unit: 'dB', digits: 2, fromZero: false, of: (prediction) => prediction.psnr },
];

/** Frames, then a row a predictor; null where a value is not finite (equal pictures, a body that is not found). */
export function plotRows(quantity: Quantity, model: LoadedModel): (number | null)[][] {
  const { manifest, rollout } = model;
  const frames = Array.from({ length: manifest.context + manifest.horizon }, (_, frame) => frame);
  const row = (name: string) =>
    Array.from(quantity.of(rollout.predictors[name]), (value) => (Number.isFinite(value) ? value : null));
  return [frames, ...manifest.predictors.map(row)];
}

/**
 * The range of an axis: what the values span, with some room.
 * @param fromZero whether it starts at 0 where no value is below
 * @returns [low, high]
 */
export function axisRange(low: number | null, high: number | null, fromZero: boolean): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const bottom = fromZero && low >= 0 ? 0 : low - 0.08 * (high - low);
  const top = high + 0.08 * (high - bottom);
  return top > bottom ? [bottom, top] : [bottom - 0.5, bottom + 0.5];
}
