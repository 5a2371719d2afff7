/** Draws from a key. Each function consumes its whole key: derive a fresh one (`split`, `foldIn`) for each use. */
import { naturalLogarithm } from '@orrery/numerics';
import { bits, type Key } from './threefry.ts';

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** A word's upper 23 bits as a float32 in [0, 1), as JAX builds it. */
function unit(word: number): number {
  u32[0] = (word >>> 9) | 0x3f800000;
  return f32[0]! - 1;
}

/** `count` float32 values in [low, high), equal to `jax.random.uniform(key, (count,), minval=low, maxval=high)`. */
export function uniform(source: Key, count: number, low = 0, high = 1): Float32Array {
  const words = bits(source, count);
  const span = Math.fround(high - low);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = Math.max(low, Math.fround(unit(words[i]!) * span) + low);
  return values;
}

/** One value in [low, high): the first of `uniform(key, 1, low, high)`. */
export function uniformScalar(source: Key, low = 0, high = 1): number {
  return uniform(source, 1, low, high)[0]!;
}

const SMALLEST = -0.99999994; // nextafter(-1, 0) in float32, JAX's lower bound for normal()

/** `count` float32 standard normals: `jax.random.normal(key, (count,))` to 1e-5 (the inverse error function differs in its last bits). */
export function normal(source: Key, count: number): Float32Array {
  const values = uniform(source, count, SMALLEST, 1);
  for (let i = 0; i < count; i++) values[i] = Math.SQRT2 * inverseErf(values[i]!);
  return values;
}

const ERF_TWO_DEVIATIONS = 0.9544997361036416; // erf(sqrt(2))

/** `count` float32 normals within [-2, 2]: `jax.random.truncated_normal(key, -2, 2, (count,))` to 1e-5. */
export function truncatedNormal(source: Key, count: number): Float32Array {
  return uniform(source, count, -ERF_TWO_DEVIATIONS, ERF_TWO_DEVIATIONS).map((u) =>
    Math.min(2, Math.max(-2, Math.SQRT2 * inverseErf(u))),
  );
}

/** Inverse error function in single precision. Source: M. Giles, "Approximating the erfinv function" (2012), table 5. */
function inverseErf(x: number): number {
  let w = -naturalLogarithm((1 - x) * (1 + x));
  const coefficients = w < 5 ? CENTRAL : TAIL;
  w = w < 5 ? w - 2.5 : Math.sqrt(w) - 3;
  let p = coefficients[0]!;
  for (let i = 1; i < coefficients.length; i++) p = p * w + coefficients[i]!;
  return x * p;
}

const CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/** `count` integers in [low, high); the modulo bias is below 2^-32 (high - low). */
export function randomIntegers(source: Key, count: number, low: number, high: number): Int32Array {
  if (!(high > low))
    throw new Error(`randomIntegers: range [${low}, ${high}) is empty; high must exceed low`);
  return Int32Array.from(
    bits(source, count),
    (word) => low + Math.floor((word / 0x100000000) * (high - low)),
  );
}

/** A permutation of 0 … count-1 (Fisher–Yates). */
export function permutation(source: Key, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const words = bits(source, count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((words[i]! / 0x100000000) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
