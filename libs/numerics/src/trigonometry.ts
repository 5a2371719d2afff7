/**
 * Sine and cosine from + - * only: engines may round Math.sin and Math.cos differently, and data must not depend on
 * the engine. Arguments are reduced by pi / 2 in three parts (Cody & Waite, 1980), then Taylor's series, whose first
 * left-out term is below 1e-17 on [-pi/4, pi/4].
 */

/** pi / 2 = A + B + C; A and B have 33 bits, so that their products with a quadrant below 2^20 are exact. */
const A = 1.57079632673412561417;
const B = 6.0771005063039659766e-11;
const C = 2.02226624879595063154e-21;
const LARGEST = 2 ** 20;

/** sin(x) to 3e-16 (absolute), for |x| up to 2^20 rad. @throws RangeError for larger or non-finite arguments */
export function sine(x: number): number {
  const quadrant = quadrantOf(x);
  const r = reduce(x, quadrant);
  return bySine(quadrant) ? sign(quadrant) * sineNearZero(r) : sign(quadrant) * cosineNearZero(r);
}

/** cos(x) to 3e-16 (absolute), for |x| up to 2^20 rad. @throws RangeError for larger or non-finite arguments */
export function cosine(x: number): number {
  const quadrant = quadrantOf(x) + 1;
  const r = reduce(x, quadrant - 1);
  return bySine(quadrant) ? sign(quadrant) * sineNearZero(r) : sign(quadrant) * cosineNearZero(r);
}

const bySine = (quadrant: number) => quadrant % 2 === 0;
/** sin(r + q pi / 2) has the sign of the half turn that q lies in. */
const sign = (quadrant: number) => (((quadrant % 4) + 4) % 4 < 2 ? 1 : -1);

function quadrantOf(x: number): number {
  if (!(Math.abs(x) <= LARGEST)) throw new RangeError(`angle ${x} rad: not within 2^20 rad; reduce it first`);
  return Math.round(x / (A + B));
}

const reduce = (x: number, quadrant: number) => x - quadrant * A - quadrant * B - quadrant * C;

const SINE = [1 / 6, 1 / 20, 1 / 42, 1 / 72, 1 / 110, 1 / 156, 1 / 210, 1 / 272];
const COSINE = [1 / 2, 1 / 12, 1 / 30, 1 / 56, 1 / 90, 1 / 132, 1 / 182, 1 / 240];

/** r - r (r²/6 (1 - r²/20 (1 - ...))) */
function sineNearZero(r: number): number {
  const square = r * r;
  let tail = 1;
  for (let i = SINE.length - 1; i >= 1; i--) tail = 1 - square * SINE[i]! * tail;
  return r - r * (square * SINE[0]! * tail);
}

function cosineNearZero(r: number): number {
  const square = r * r;
  let tail = 1;
  for (let i = COSINE.length - 1; i >= 1; i--) tail = 1 - square * COSINE[i]! * tail;
  return 1 - square * COSINE[0]! * tail;
}
