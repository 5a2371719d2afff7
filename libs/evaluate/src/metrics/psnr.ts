/** Peak signal-to-noise ratio: picture error on a logarithmic scale. */

/**
 * Mean squared error of two pictures.
 * @param a u8 (0 to 255) or f32 (0 to 1), any shape
 * @param b of `a`'s type and size
 * @returns in units of the peak squared: 0 when equal, 1 for black against white
 * @throws when sizes or types differ
 */
export function meanSquaredError(a: Uint8Array | Float32Array, b: Uint8Array | Float32Array): number {
  if (a.length !== b.length || a instanceof Uint8Array !== b instanceof Uint8Array || a.length === 0)
    throw new Error(
      `mean squared error: pictures of ${a.length} ${a.constructor.name} and ${b.length} ${b.constructor.name} values; give two pictures of one size and type`,
    );
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  const peak = a instanceof Uint8Array ? 255 : 1;
  return sum / a.length / peak ** 2;
}

/** dB for a mean squared error in units of the peak squared; Infinity for 0. */
export function decibels(error: number): number {
  return error === 0 ? Infinity : -10 * Math.log10(error);
}

/** PSNR of two pictures in dB, Infinity when they are equal. Parameters as for `meanSquaredError`. */
export function psnr(a: Uint8Array | Float32Array, b: Uint8Array | Float32Array): number {
  return decibels(meanSquaredError(a, b));
}
