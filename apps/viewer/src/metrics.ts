/** Numbers of one frame, computed from what is on the screen. */

/**
 * Mean squared error of two pictures, in units of the peak squared: 0 when equal, 1 for black against white.
 * @param a [H, W, 3] u8
 * @param b [H, W, 3] u8
 */
export function meanSquaredError(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length / 255 ** 2;
}

/** PSNR in dB of a mean squared error in units of the peak squared; Infinity for 0. */
export function decibels(error: number): number {
  return error === 0 ? Infinity : -10 * Math.log10(error);
}

/** Distance in metres of two positions [3]; NaN where either is not known. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** A number for a table: `digits` decimals, "∞", or "–" where there is none. */
export function format(value: number, digits: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return value
    .toFixed(digits)
    .replace(/^-(0(\.0*)?)$/, '$1')
    .replace('-', '−');
}
