/**
 * The natural logarithm from + - * / only. Source: FDLIBM's e_log.c (Sun Microsystems, 1993): x = 2^k (1 + f) with
 * 1 + f from sqrt(1/2) to sqrt(2), and log(1 + f) = 2 artanh(s) with s = f / (2 + f), a polynomial in s².
 */

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const COEFFICIENTS = [
  6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
  1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
];

const word = new DataView(new ArrayBuffer(8));

/** ln(x) to 1 ulp; -Infinity at 0, NaN below. */
export function naturalLogarithm(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return Infinity;
  const subnormal = x < 2 ** -1022;
  word.setFloat64(0, subnormal ? x * 2 ** 54 : x);
  const top = word.getUint32(0);
  let k = (top >>> 20) - 1023 - (subnormal ? 54 : 0);
  word.setUint32(0, (top & 0xfffff) | (1023 << 20));
  let mantissa = word.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    k += 1;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const square = s * s;
  let sum = 0;
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) sum = COEFFICIENTS[i]! + square * sum;
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + square * sum) + k * LN2_LOW) - f);
}
