/**
 * Arctangent from + - * / only. Source: FDLIBM's s_atan.c and e_atan2.c (Sun Microsystems, 1993): the argument is
 * reduced around 0, 1/2, 1, 3/2 or infinity, where an odd polynomial of degree 21 is exact to 2^-57 or so.
 */

/** arctan of 1/2, 1, 3/2 and infinity, and what of them a double does not hold. */
const HIGH = [4.63647609000806093515e-1, 7.85398163397448278999e-1, 9.82793723247329054082e-1, Math.PI / 2];
const LOW = [
  2.26987774529616870924e-17, 3.06161699786838301793e-17, 1.39033110312309984516e-17,
  6.12323399573676603587e-17,
];
const COEFFICIENTS = [
  3.33333333333329318027e-1, -1.99999999998764832476e-1, 1.42857142725034663711e-1, -1.1111110405462355788e-1,
  9.09088713343650656196e-2, -7.69187620504482999495e-2, 6.66107313738753120669e-2,
  -5.83357013379057348645e-2, 4.97687799461593236017e-2, -3.6531572744216915527e-2, 1.62858201153657823623e-2,
];
/** Beyond this the arctangent is pi / 2 to the last bit. */
const LARGEST = 2 ** 66;

/** arctan(x) in [-pi/2, pi/2], rad, to 1 ulp; NaN for NaN. */
export function arctangent(x: number): number {
  const size = Math.abs(x);
  if (size < 2 ** -29) return x;
  const sign = x < 0 ? -1 : 1;
  if (size < 7 / 16) return x - x * tail(x);
  if (size > LARGEST) return sign * (HIGH[3]! + LOW[3]!);
  const [reduced, centre] =
    size < 11 / 16
      ? [(2 * size - 1) / (2 + size), 0]
      : size < 19 / 16
        ? [(size - 1) / (size + 1), 1]
        : size < 39 / 16
          ? [(size - 1.5) / (1 + 1.5 * size), 2]
          : [-1 / size, 3];
  return sign * (HIGH[centre]! - (reduced * tail(reduced) - LOW[centre]! - reduced));
}

/** 1 - arctan(x) / x for |x| < 7/16. */
function tail(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let i = COEFFICIENTS.length - 1; i >= 0; i--) sum = COEFFICIENTS[i]! + square * sum;
  return square * sum;
}

/** What pi has beyond a double. */
const PI_LOW = 1.2246467991473532e-16;

/**
 * The angle of (x, y) from the positive x axis, in [-pi, pi], rad, to 2 ulp; signs of zero and infinities as
 * Math.atan2 has them.
 */
export function arctangent2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const slope = y / x;
  if (Math.abs(slope) > LARGEST) return y < 0 ? -Math.PI / 2 : Math.PI / 2;
  const negative = isNegative(x);
  let angle: number; // of |y| over |x|
  if (y === 0) angle = 0;
  else if (Math.abs(x) === Infinity) angle = Math.abs(y) === Infinity ? Math.PI / 4 : 0;
  else angle = arctangent(Math.abs(slope));
  const whole = negative ? Math.PI - (angle - PI_LOW) : angle;
  return isNegative(y) ? -whole : whole;
}

const isNegative = (value: number) => value < 0 || Object.is(value, -0);
