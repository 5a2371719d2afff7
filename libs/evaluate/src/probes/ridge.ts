/**
 * Ridge regression in its dual form: from many features and fewer samples, in closed form. With features Z, centred and
 * scaled to deviation 1 over the samples, and targets Y, centred: A = (Z Zᵀ + α I)⁻¹ Y, and a new sample z is told zᵀ Zᵀ A.
 * Source: Hastie, Tibshirani and Friedman, "The elements of statistical learning" (2009), equation 3.44, and exercise 12.10.
 */

/** Rows of equal length. */
export type Rows = readonly ArrayLike<number>[];

/** Products of samples with each other: all that the dual form needs of features, however many there are. */
export interface Kernel {
  /** Z Zᵀ of the samples, [n, n] */
  readonly gram: Rows;
  /** zᵀ Zᵀ of other rows of features, [rows, n] */
  nearness(features: Rows): Float64Array[];
}

export interface Ridge {
  /** @param nearness of each row to the samples; those after the fitted ones do not count. @returns [rows, targets] */
  predict(nearness: Rows): Float64Array[];
}

/** @param features one row a sample */
export function kernelOf(features: Rows): Kernel {
  const { scaled, scale } = standardised(features);
  const half = scaled.map((a, i) => scaled.slice(0, i + 1).map((b) => dot(a, b)));
  return {
    gram: half.map((row, i) => Float64Array.from(half, (other, j) => (j <= i ? row[j] : other[i]))),
    nearness: (rows) =>
      rows.map((row) => {
        const z = scale(row);
        return Float64Array.from(scaled, (sample) => dot(z, sample));
      }),
  };
}

/**
 * @param kernel of the samples
 * @param targets one row a sample, of the first samples of the kernel
 * @param penalty α, above 0
 * @throws where it is not
 */
export function ridge({ gram }: Kernel, targets: Rows, penalty: number): Ridge {
  if (!(penalty > 0)) throw new Error(`ridge: a penalty of ${penalty}; give one above 0`);
  const count = targets.length;
  const means = columnMeans(targets);
  // Features are centred over the samples that are fitted: Schölkopf, Smola and Müller (1998), appendix B.
  const levels = Float64Array.from({ length: count }, (_, i) => mean(gram[i], count));
  const level = mean(levels, count);
  const centred = (row: ArrayLike<number>) => {
    const own = mean(row, count);
    return Float64Array.from({ length: count }, (_, j) => row[j] - levels[j] - own + level);
  };
  const factor = cholesky(
    targets.map((_, i) => {
      const row = centred(gram[i]).subarray(0, i + 1);
      row[i] += penalty;
      return row;
    }),
  );
  const weights = Array.from(means, (middle, k) =>
    solve(
      factor,
      Float64Array.from(targets, (row) => row[k] - middle),
    ),
  );
  return {
    predict: (nearness) =>
      nearness.map((row) => {
        const near = centred(row);
        return Float64Array.from(weights, (weight, k) => means[k] + dot(weight, near));
      }),
  };
}

/** Of the first `count` values. */
function mean(values: ArrayLike<number>, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  return sum / count;
}

/** Columns of mean 0 and deviation 1; those that never differ become 0. */
function standardised(rows: Rows) {
  const means = columnMeans(rows);
  const inverse = new Float64Array(means.length);
  for (const row of rows) for (let c = 0; c < means.length; c++) inverse[c] += (row[c] - means[c]) ** 2;
  inverse.forEach((sum, c) => {
    const deviation = Math.sqrt(sum / rows.length);
    inverse[c] = deviation > 1e-7 * Math.max(1, Math.abs(means[c])) ? 1 / deviation : 0;
  });
  const scale = (row: ArrayLike<number>) => {
    const z = new Float64Array(means.length);
    for (let c = 0; c < means.length; c++) z[c] = (row[c] - means[c]) * inverse[c];
    return z;
  };
  return { scaled: rows.map(scale), scale };
}

function columnMeans(rows: Rows): Float64Array {
  const means = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let c = 0; c < means.length; c++) means[c] += row[c] / rows.length;
  return means;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The lower L of A = L Lᵀ, from the lower half of a positive definite A. */
function cholesky(lower: readonly Float64Array[]): Float64Array[] {
  const factor: Float64Array[] = [];
  lower.forEach((row, i) => {
    const own = new Float64Array(i + 1);
    for (let j = 0; j <= i; j++) {
      let rest = row[j];
      const other = j === i ? own : factor[j];
      for (let k = 0; k < j; k++) rest -= own[k] * other[k];
      own[j] = j === i ? Math.sqrt(rest) : rest / other[j];
    }
    factor.push(own);
  });
  return factor;
}

/** x of L Lᵀ x = b. */
function solve(factor: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i][k] * x[k];
    x[i] /= factor[i][i];
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] -= factor[k][i] * x[k];
    x[i] /= factor[i][i];
  }
  return x;
}
