/**
 * The Mersenne Twister MT19937. Source: M. Matsumoto and T. Nishimura, "Mersenne twister: a 623-dimensionally
 * equidistributed uniform pseudo-random number generator" (1998), with the seedings of 2002, which NumPy uses.
 */

const LENGTH = 624;
const SHIFT = 397;

/** 624 words and how many of them have been given out. */
export interface MersenneTwister {
  readonly words: Uint32Array;
  used: number;
}

/** The generator after `init_genrand(seed)`, seed an integer in [0, 2^32). */
export function seeded(seed: number): MersenneTwister {
  const words = new Uint32Array(LENGTH);
  words[0] = seed;
  for (let i = 1; i < LENGTH; i++) {
    const previous = words[i - 1]! ^ (words[i - 1]! >>> 30);
    words[i] = Math.imul(1812433253, previous) + i;
  }
  return { words, used: LENGTH };
}

/** The generator after `init_by_array(key)`, at least one integer in [0, 2^32). */
export function seededByArray(key: readonly number[]): MersenneTwister {
  const generator = seeded(19650218);
  const { words } = generator;
  let i = 1;
  const mix = (factor: number) => Math.imul(words[i - 1]! ^ (words[i - 1]! >>> 30), factor);
  const advance = () => {
    i++;
    if (i < LENGTH) return;
    words[0] = words[LENGTH - 1]!;
    i = 1;
  };
  for (let n = 0; n < Math.max(LENGTH, key.length); n++) {
    const j = n % key.length;
    words[i] = (words[i]! ^ mix(1664525)) + key[j]! + j;
    advance();
  }
  for (let n = 0; n < LENGTH - 1; n++) {
    words[i] = (words[i]! ^ mix(1566083941)) - i;
    advance();
  }
  words[0] = 0x80000000;
  return generator;
}

function regenerate(words: Uint32Array): void {
  for (let i = 0; i < LENGTH; i++) {
    const y = (words[i]! & 0x80000000) | (words[(i + 1) % LENGTH]! & 0x7fffffff);
    words[i] = words[(i + SHIFT) % LENGTH]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

/** The next 32 bits, as an unsigned integer. */
export function nextWord(generator: MersenneTwister): number {
  if (generator.used === LENGTH) {
    regenerate(generator.words);
    generator.used = 0;
  }
  let y = generator.words[generator.used++]!;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

/** The next double in [0, 1): 53 bits from two words. */
export function nextDouble(generator: MersenneTwister): number {
  const a = nextWord(generator) >>> 5;
  const b = nextWord(generator) >>> 6;
  return (a * 67108864 + b) / 9007199254740992;
}

/** An integer in [0, max]: words under the smallest mask that holds max, until one fits. Nothing is drawn for max 0. */
export function nextBounded(generator: MersenneTwister, max: number): number {
  if (max === 0) return 0;
  const mask = 0xffffffff >>> Math.clz32(max);
  for (;;) {
    const value = (nextWord(generator) & mask) >>> 0;
    if (value <= max) return value;
  }
}
