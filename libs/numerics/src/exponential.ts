/**
 * The exponential function from + - * / only. Source: FDLIBM's e_exp.c (Sun Microsystems, 1993): e^x = 2^k e^r with
 * |r| <= ln 2 / 2, and e^r = 1 + 2 r / (R - r) with R = r (e^r + 1) / (e^r - 1), a polynomial in r².
 */

/** ln 2 in two parts; the first has 32 bits, so that its product with k is exact. */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const COEFFICIENTS = [
  1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
];

/** e^x to 1 ulp; 0 and Infinity where that leaves the range of doubles; NaN for NaN. */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const square = r * r;
  let sum = 0;
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) sum = COEFFICIENTS[i]! + square * sum;
  const c = r - square * sum;
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // In two steps: neither 2^k may overflow where the result does not, nor be 0 where that is subnormal.
  const half = Math.trunc(k / 2);
  return y * powerOfTwo(half) * powerOfTwo(k - half);
}

const word = new DataView(new ArrayBuffer(8));

/** 2^k for k from -1022 to 1023. */
function powerOfTwo(k: number): number {
  word.setUint32(0, (k + 1023) << 20);
  return word.getFloat64(0);
}
