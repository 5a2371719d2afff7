/** Arctangent from + - * / and square roots only, for the same bits on every engine. */

const HALF_PI = Math.PI / 2;
/** Taylor's series; the first term left out is below 1e-17 on [0, tan(pi / 16)]. */
const TERMS = Array.from({ length: 12 }, (_, k) => (k % 2 ? -1 : 1) / (2 * k + 1));

/** atan(x) in [-pi/2, pi/2], rad, to 5e-16. */
export function arctangent(x: number): number {
  if (x < 0) return -arctangent(-x);
  if (x > 1) return HALF_PI - arctangent(1 / x);
  // atan(x) = 2 atan(x / (1 + sqrt(1 + x²))), twice: from [0, 1] to [0, tan(pi / 16)].
  let y = x;
  for (let halving = 0; halving < 2; halving++) y /= 1 + Math.sqrt(1 + y * y);
  const square = y * y;
  let sum = 0;
  for (let k = TERMS.length - 1; k >= 0; k--) sum = TERMS[k]! + square * sum;
  return 4 * y * sum;
}

/** The angle of the point (x, y), as Math.atan2: in [-pi, pi], rad, to 1e-15; 0 for the origin. */
export function arctangent2(y: number, x: number): number {
  if (x > 0) return arctangent(y / x);
  if (x < 0) return arctangent(y / x) + (y < 0 ? -Math.PI : Math.PI);
  return y > 0 ? HALF_PI : y < 0 ? -HALF_PI : 0;
}
