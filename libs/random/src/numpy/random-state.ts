/**
 * NumPy's legacy generator, `numpy.random.RandomState` (also behind `numpy.random.seed` and its siblings), whose
 * stream NumPy has frozen: the data sets of published tables come from it.
 *
 * Integers, uniforms, choices and permutations have NumPy's bits. Normals have NumPy's words and order of draws, and a
 * correctly rounded logarithm, where NumPy calls its C library's: with glibc 99.97 % of them agree to the last bit, the
 * rest to 2 units in the last place.
 * Source: numpy/random/mtrand.pyx and src/legacy/legacy-distributions.c of NumPy 2.
 */
import { roundedLogarithm } from '@orrery/numerics';
import { nextBounded, nextDouble, nextWord, seeded, seededByArray, type MersenneTwister } from './mt19937.ts';

/** How `choice` draws. */
export interface ChoiceOptions {
  /** May an index be drawn twice? Default true. */
  replace?: boolean;
  /** The probability of each index; they sum to 1. Default: all equal. */
  p?: ArrayLike<number>;
}

/** A stream of draws. Where a method takes `count`, it gives one number without it, and [count] numbers with it. */
export class RandomState {
  readonly #generator: MersenneTwister;
  /** The second normal of a pair, until it is asked for. */
  #spare: number | undefined;

  /** @param seed integer in [0, 2^32), or a list of them */
  constructor(seed: number | readonly number[]) {
    const list = typeof seed === 'number' ? [seed] : seed;
    if (list.length === 0) throw new Error('RandomState: the list of seeds is empty; give at least one');
    for (const value of list)
      if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
        throw new Error(`RandomState: seed ${value} is not an integer from 0 to 4294967295`);
    this.#generator = typeof seed === 'number' ? seeded(seed) : seededByArray(seed);
  }

  /** Doubles in [0, 1): `rand`, `random_sample`. */
  rand(): number;
  rand(count: number): Float64Array;
  rand(count?: number): number | Float64Array {
    return this.#floats(count, () => nextDouble(this.#generator));
  }

  /** `random_sample`, another name of `rand`. */
  randomSample(): number;
  randomSample(count: number): Float64Array;
  randomSample(count?: number): number | Float64Array {
    return this.#floats(count, () => nextDouble(this.#generator));
  }

  /** Doubles in [low, high). */
  uniform(low: number, high: number): number;
  uniform(low: number, high: number, count: number): Float64Array;
  uniform(low: number, high: number, count?: number): number | Float64Array {
    return this.#floats(count, () => low + (high - low) * nextDouble(this.#generator));
  }

  /** Standard normals: `randn`, `standard_normal`. */
  randn(): number;
  randn(count: number): Float64Array;
  randn(count?: number): number | Float64Array {
    return this.#floats(count, () => this.#gauss());
  }

  /** Normals of a mean and a standard deviation. */
  normal(mean: number, deviation: number): number;
  normal(mean: number, deviation: number, count: number): Float64Array;
  normal(mean: number, deviation: number, count?: number): number | Float64Array {
    if (!(deviation >= 0)) throw new Error(`normal: standard deviation ${deviation} is below 0`);
    return this.#floats(count, () => mean + deviation * this.#gauss());
  }

  /** Leaves the stream where `randn(count)` would, in less time: some generators draw noise that they multiply by 0. */
  skipRandn(count: number): void {
    if (!(count > 0)) return;
    if (this.#spare !== undefined) {
      this.#spare = undefined;
      count--;
    }
    for (; count > 1; count -= 2) this.#pair();
    if (count === 1) this.#gauss();
  }

  /** Integers in [low, high), as `randint` of NumPy's default integer gives them; high - low is at most 2^32. */
  randint(low: number, high: number): number;
  randint(low: number, high: number, count: number): Float64Array;
  randint(low: number, high: number, count?: number): number | Float64Array {
    const max = high - 1 - low;
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || max < 0 || max > 0xffffffff)
      throw new Error(
        `randint: [${low}, ${high}) is not a range of integers of 1 to 2^32 values; high must exceed low`,
      );
    return this.#floats(count, () =>
      max === 0xffffffff ? low + nextWord(this.#generator) : low + nextBounded(this.#generator, max),
    );
  }

  /**
   * Indices in [0, population): `choice(population, count, replace, p)`. To choose from values, index them by these.
   * @returns [count]
   */
  choice(population: number, count: number, { replace = true, p }: ChoiceOptions = {}): Uint32Array {
    if (!Number.isInteger(population) || population < 1)
      throw new Error(`choice: a population of ${population}; it must hold at least 1`);
    if (p !== undefined) checkProbabilities(p, population);
    if (replace) {
      if (p === undefined) return Uint32Array.from(this.randint(0, population, count));
      const cumulative = cumulated(p);
      return Uint32Array.from(this.rand(count), (x) => firstAbove(cumulative, x));
    }
    if (count > population)
      throw new Error(`choice: ${count} of ${population} without replacement; ask for fewer or replace them`);
    if (p === undefined) return this.permutation(population).subarray(0, count);
    return this.#chooseDistinct(p, count);
  }

  /** The indices 0 … count-1 in a drawn order: `permutation(count)`; also the order that it gives the rows of an array. */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    this.shuffle(order);
    return order;
  }

  /** Puts items into a drawn order, in place. */
  shuffle(items: { [index: number]: unknown; length: number }): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = nextBounded(this.#generator, i);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }

  #floats(count: number | undefined, draw: () => number): number | Float64Array {
    if (count === undefined) return draw();
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = draw();
    return values;
  }

  /** A point (x, y) within the unit circle and its squared distance. Source: Marsaglia and Bray's polar method (1964). */
  #pair(): [x: number, y: number, square: number] {
    for (;;) {
      const x = 2 * nextDouble(this.#generator) - 1;
      const y = 2 * nextDouble(this.#generator) - 1;
      const square = x * x + y * y;
      if (square < 1 && square !== 0) return [x, y, square];
    }
  }

  #gauss(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const [x, y, square] = this.#pair();
    const factor = Math.sqrt((-2 * roundedLogarithm(square)) / square);
    this.#spare = factor * x;
    return factor * y;
  }

  /** NumPy draws as many as are missing, keeps the new ones, and bars them from the next round. */
  #chooseDistinct(p: ArrayLike<number>, count: number): Uint32Array {
    const left = Float64Array.from(p);
    const possible = left.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
    if (possible < count)
      throw new Error(
        `choice: only ${possible} probabilities are above 0, ${count} are wanted without replacement`,
      );
    const found = new Set<number>();
    while (found.size < count) {
      const draws = this.rand(count - found.size);
      for (const index of found) left[index] = 0;
      const cumulative = cumulated(left);
      for (const draw of draws) found.add(firstAbove(cumulative, draw));
    }
    return Uint32Array.from(found);
  }
}

function checkProbabilities(p: ArrayLike<number>, population: number): void {
  if (p.length !== population)
    throw new Error(`choice: ${p.length} probabilities for a population of ${population}; give one for each`);
  let sum = 0;
  for (const value of Array.from(p)) {
    if (!(value >= 0)) throw new Error(`choice: probability ${value} is below 0`);
    sum += value;
  }
  if (!(Math.abs(sum - 1) <= 2 ** -26))
    throw new Error(`choice: probabilities sum to ${sum}; they must sum to 1`);
}

/** Running sums of p, divided by their last. */
function cumulated(p: ArrayLike<number>): Float64Array {
  let sum = 0;
  const sums = Float64Array.from(p, (value) => (sum += value));
  return sums.map((value) => value / sum);
}

/** The first index whose value exceeds x: `searchsorted(side='right')`. */
function firstAbove(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x < sorted[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
