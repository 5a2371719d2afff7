/** Elimination for the few dozen constraint rows of bodies that joints tie together. */

/**
 * A pivot below this share of its diagonal says that the row follows from those before it (a closed loop of hinges, a
 * locked axis): it is left out, and its unknown is 0.
 */
const REDUNDANT = 1e-11;

/**
 * A = L D Lᵀ for a symmetric, positive semidefinite A. Replaces the lower triangle of `a` [n, n], row-major, by L and D on its diagonal; 0 there
 * for rows left out.
 */
export function factorize(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    let pivot = a[j * n + j]!;
    const least = REDUNDANT * pivot;
    for (let k = 0; k < j; k++) pivot -= a[j * n + k]! * a[j * n + k]! * a[k * n + k]!;
    if (!(pivot > least)) {
      a[j * n + j] = 0;
      for (let i = j + 1; i < n; i++) a[i * n + j] = 0;
      continue;
    }
    a[j * n + j] = pivot;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]! * a[k * n + k]!;
      a[i * n + j] = sum / pivot;
    }
  }
}

/** Replaces `b` [n] by the solution; `a` as `factorize` leaves it. */
export function substitute(a: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * n + k]! * b[k]!;
    b[i] = sum;
  }
  for (let i = 0; i < n; i++) {
    const pivot = a[i * n + i]!;
    b[i] = pivot > 0 ? b[i]! / pivot : 0;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i]! * b[k]!;
    b[i] = a[i * n + i]! > 0 ? sum : 0;
  }
}

/**
 * A = L U for an A that is nearly symmetric and positive. Replaces `a` [n, n], row-major, by both; pivots below `redundant`
 * times their diagonal are replaced by 0.
 */
export function factorizeGeneral(a: Float64Array, n: number, redundant: number): void {
  const diagonal = Float64Array.from({ length: n }, (_, i) => Math.abs(a[i * n + i]!));
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k]!;
    if (!(pivot > redundant * diagonal[k]!)) {
      a[k * n + k] = 0;
      continue;
    }
    for (let i = k + 1; i < n; i++) {
      const factor = (a[i * n + k]! /= pivot);
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
    }
  }
}

/** Replaces `b` [n] by the solution; `a` as `factorizeGeneral` leaves it. */
export function substituteGeneral(a: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++)
    for (let k = 0; k < i; k++) if (a[k * n + k]! > 0) b[i]! -= a[i * n + k]! * b[k]!;
  for (let i = n - 1; i >= 0; i--) {
    const pivot = a[i * n + i]!;
    if (!(pivot > 0)) {
      b[i] = 0;
      continue;
    }
    for (let k = i + 1; k < n; k++) b[i]! -= a[i * n + k]! * b[k]!;
    b[i]! /= pivot;
  }
}
