/** Ends a training whose validation loss no longer falls (Prechelt, 1998: "early stopping"). */

/** A validation loss after `step` updates. */
export interface Validated {
  readonly step: number;
  readonly loss: number;
}

/**
 * Whether so many validations in a row were no better than the best before them.
 * @param validations in the order of steps
 * @param patience 0 for no such end
 */
export function isExhausted(validations: readonly Validated[], patience: number): boolean {
  if (patience === 0) return false;
  let best = Infinity;
  let since = 0;
  for (const { loss } of validations) {
    since = loss < best ? 0 : since + 1;
    best = Math.min(best, loss);
    if (since >= patience) return true;
  }
  return false;
}
