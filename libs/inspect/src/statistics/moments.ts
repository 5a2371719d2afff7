/** Count, extremes, mean and standard deviation of numbers that come in pieces. */

export interface Moments {
  /** Numbers seen, those that are not finite left out. */
  readonly count: number;
  /** Those left out: infinite or NaN. */
  readonly skipped: number;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
  /** Of the population. */
  readonly deviation: number | null;
}

/** What gathers moments; pieces are merged by Chan, Golub and LeVeque's formula, so that large counts stay exact. */
export function gatherMoments() {
  let [count, skipped, mean, squares] = [0, 0, 0, 0];
  let [minimum, maximum] = [Infinity, -Infinity];
  return {
    add(values: ArrayLike<number>): void {
      let [n, sum] = [0, 0];
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        if (!Number.isFinite(value)) continue;
        n++;
        sum += value;
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
      }
      skipped += values.length - n;
      if (n === 0) return;
      const own = sum / n;
      let about = 0;
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        if (Number.isFinite(value)) about += (value - own) * (value - own);
      }
      const difference = own - mean;
      mean += (difference * n) / (count + n);
      squares += about + (difference * difference * count * n) / (count + n);
      count += n;
    },
    result(): Moments {
      if (count === 0) return { count, skipped, minimum: null, maximum: null, mean: null, deviation: null };
      return { count, skipped, minimum, maximum, mean, deviation: Math.sqrt(squares / count) };
    },
  };
}
