/**
 * The natural logarithm rounded correctly, for generators that replay others' random numbers bit for bit.
 *
 * As in logarithm.ts, x = 2^k (1 + f) and log(1 + f) = 2 artanh(s), s = f / (2 + f), but in pairs of doubles
 * (Dekker, "A floating-point technique for extending the available precision", 1971), good to 2^-98 of the result.
 */
import { naturalLogarithm } from './logarithm.ts';

/** An unevaluated sum of two doubles; |low| is at most half a unit in the last place of high. */
type Pair = readonly [high: number, low: number];

const LN2: Pair = [0.6931471805599453, 2.3190468138462996e-17];

const SPLITTER = 2 ** 27 + 1;

/** a + b exactly, for |a| >= |b|. */
function fastSum(a: number, b: number): Pair {
  const high = a + b;
  return [high, b - (high - a)];
}

/** a + b exactly. */
function sum(a: number, b: number): Pair {
  const high = a + b;
  const part = high - a;
  return [high, a - (high - part) + (b - part)];
}

/** a b exactly, as far as nothing over- or underflows. */
function product(a: number, b: number): Pair {
  const high = a * b;
  const splitA = SPLITTER * a;
  const highA = splitA - (splitA - a);
  const lowA = a - highA;
  const splitB = SPLITTER * b;
  const highB = splitB - (splitB - b);
  const lowB = b - highB;
  return [high, lowA * lowB - (high - highA * highB - lowA * highB - highA * lowB)];
}

function add(a: Pair, b: Pair): Pair {
  const [high, low] = sum(a[0], b[0]);
  const [low2, rest] = sum(a[1], b[1]);
  const [high3, low3] = fastSum(high, low + low2);
  return fastSum(high3, low3 + rest);
}

function multiply(a: Pair, b: Pair): Pair {
  const [high, low] = product(a[0], b[0]);
  return fastSum(high, low + (a[0] * b[1] + a[1] * b[0]));
}

function divide(a: Pair, b: Pair): Pair {
  const first = a[0] / b[0];
  const rest = add(a, multiply([-first, 0], b));
  const second = rest[0] / b[0];
  const third = add(rest, multiply([-second, 0], b))[0] / b[0];
  return add(fastSum(first, second), [third, 0]);
}

/** 1/(2n + 1) for n = 0 … 22: the series of artanh(s)/s in s², whose next term is below 2^-120. */
const TERMS: readonly Pair[] = Array.from({ length: 23 }, (_, n) => divide([1, 0], [2 * n + 1, 0]));

const word = new DataView(new ArrayBuffer(8));

/**
 * ln(x), rounded to the nearest double for all but about one argument in 2^45, where it is the second nearest;
 * -Infinity at 0, NaN below.
 */
export function roundedLogarithm(x: number): number {
  if (!(x >= 2 ** -1022 && x < Infinity)) return naturalLogarithm(x);
  word.setFloat64(0, x);
  let k = (word.getUint32(0) >>> 20) - 1023;
  word.setUint32(0, (word.getUint32(0) & 0xfffff) | (1023 << 20));
  let mantissa = word.getFloat64(0);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    k += 1;
  }
  const f = mantissa - 1; // exact: the mantissa is between 1/2 and 2
  const s = divide([f, 0], sum(2, f));
  const square = multiply(s, s);
  // The higher terms weigh so little that doubles do for them.
  let tail = 0;
  for (let n = TERMS.length - 1; n >= 12; n--) tail = TERMS[n]![0] + square[0] * tail;
  let series: Pair = [tail, 0];
  for (let n = 11; n >= 0; n--) series = add(TERMS[n]!, multiply(square, series));
  const [high, low] = add(multiply([k, 0], LN2), multiply([2 * s[0], 2 * s[1]], series));
  return high + low;
}
