/**
 * Linear light to 8-bit sRGB (IEC 61966-2-1), correctly rounded and the same on every machine.
 *
 * The curve's power 2.4 is x² (x^(1/5))², with the fifth root by Newton's method, so only basic arithmetic is used.
 * Encoding looks up between the 255 linear values at which the rounded code changes.
 */

/** Steps of the first look-up; fine enough that two comparisons more decide in the steepest part of the curve. */
const STEPS = 4096;

/** Linear light of an sRGB value, both from 0 to 1. */
export function decodeSrgb(value: number): number {
  if (value <= 0.04045) return value / 12.92;
  const x = (value + 0.055) / 1.055;
  let root = 1;
  for (let i = 0; i < 40; i++) root = (4 * root + x / (root * root * root * root)) / 5;
  return x * x * root * root;
}

/** [256] the least linear value that is encoded as the index; one more entry that nothing reaches. */
const least = new Float64Array(257);
for (let code = 1; code < 256; code++) least[code] = decodeSrgb((code - 0.5) / 255);
least[256] = Infinity;

/** [STEPS + 1] the code at the beginning of each step */
const codeAt = new Uint8Array(STEPS + 1);
for (let step = 0, code = 0; step <= STEPS; step++) {
  while (least[code + 1] <= step / STEPS) code++;
  codeAt[step] = code;
}

/**
 * The sRGB code from 0 to 255 nearest to the exact curve.
 * @param linear light from 0 to 1; what is outside is clipped
 */
export function encodeSrgb(linear: number): number {
  if (!(linear > 0)) return 0;
  if (linear >= 1) return 255;
  let code = codeAt[(linear * STEPS) | 0];
  while (linear >= least[code + 1]) code++;
  return code;
}
