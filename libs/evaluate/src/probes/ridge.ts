/**
 * Ridge regression in its dual form: from many features and fewer samples, in closed form. With features Z, centred and
 * scaled to deviation 1 over the samples, and targets Y, centred: A = (Z Zᵀ + α I)⁻¹ Y, and a new sample z is told zᵀ Zᵀ A.
 * Source: Hastie, Tibshirani and Friedman, "The elements of statistical learning" (2009), equation 3.44, and exercise 12.10.
 */

/** Rows of equal length. */
export type Rows = readonly ArrayLike<number>[];

export interface Ridge {
  /** @param features one row a sample, as those that were fitted; @returns [samples, targets] */
  predict(features: Rows): Float64Array[];
}

/** What a fit needs of its samples, whatever the penalty. */
export interface RidgeProblem {
  /**
   * @param penalty α, above 0
   * @throws where it is not
   */
  fit(penalty: number): Ridge;
}

/**
 * @param features one row a sample
 * @param targets one row a sample
 */
export function ridge(features: Rows, targets: Rows): RidgeProblem {
  const { scaled, scale } = standardised(features);
  const means = columnMeans(targets);
  const centred = targets.map((row) => Float64Array.from(row, (value, k) => value - means[k]));
  const gram = scaled.map((a, i) => Float64Array.from({ length: i + 1 }, (_, j) => dot(a, scaled[j])));
  return {
    fit(penalty) {
      if (!(penalty > 0)) throw new Error(`ridge: a penalty of ${penalty}; give one above 0`);
      const factor = cholesky(gram.map((row, i) => row.with(i, row[i] + penalty)));
      const weights = Array.from(means, (_, k) =>
        solve(
          factor,
          Float64Array.from(centred, (row) => row[k]),
        ),
      );
      return {
        predict: (rows) =>
          rows.map((row) => {
            const z = scale(row);
            const nearness = scaled.map((sample) => dot(z, sample));
            return Float64Array.from(weights, (weight, k) => means[k] + dot(nearness, weight));
          }),
      };
    },
  };
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
