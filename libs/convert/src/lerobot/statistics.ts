/** Statistics of features as LeRobot normalizes with them: of each episode, and of all. */

/** Each [C], C the components of the feature; of pictures the channels, over 255. */
export interface FeatureStatistics {
  readonly min: number[];
  readonly max: number[];
  readonly mean: number[];
  /** Of the population. */
  readonly std: number[];
  /** Frames. */
  readonly count: number;
}

/**
 * @param frames [T] rows of numbers, component by component
 * @param components C; where a row is longer, it holds several values of each component, C apart
 */
export function featureStatistics(
  frames: readonly ArrayLike<number>[],
  components: number,
  scale = 1,
): FeatureStatistics {
  const min = new Array<number>(components).fill(Infinity);
  const max = new Array<number>(components).fill(-Infinity);
  const sum = new Array<number>(components).fill(0);
  for (const row of frames)
    for (let i = 0; i < row.length; i++) {
      const c = i % components;
      sum[c]! += row[i]!;
      if (row[i]! < min[c]!) min[c] = row[i]!;
      if (row[i]! > max[c]!) max[c] = row[i]!;
    }
  const values = (frames.length * (frames[0]?.length ?? 0)) / components;
  const mean = sum.map((total) => total / values);
  const squares = new Array<number>(components).fill(0);
  for (const row of frames)
    for (let i = 0; i < row.length; i++) squares[i % components]! += (row[i]! - mean[i % components]!) ** 2;
  return {
    min: min.map((value) => value / scale),
    max: max.map((value) => value / scale),
    mean: mean.map((value) => value / scale),
    std: squares.map((total) => Math.sqrt(total / values) / scale),
    count: frames.length,
  };
}

/** Statistics of all frames from those of two parts of them. */
export function mergeStatistics(a: FeatureStatistics, b: FeatureStatistics): FeatureStatistics {
  const count = a.count + b.count;
  const mean = a.mean.map((value, c) => (value * a.count + b.mean[c]! * b.count) / count);
  const about = (part: FeatureStatistics, c: number) =>
    part.count * (part.std[c]! ** 2 + (part.mean[c]! - mean[c]!) ** 2);
  return {
    min: a.min.map((value, c) => Math.min(value, b.min[c]!)),
    max: a.max.map((value, c) => Math.max(value, b.max[c]!)),
    mean,
    std: mean.map((_, c) => Math.sqrt((about(a, c) + about(b, c)) / count)),
    count,
  };
}
