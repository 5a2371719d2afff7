/** Where bodies are, predicted against true. */

/** [M, 3] m; NaN where a body is not found */
export type Positions = Float64Array | Float32Array;

/** Mean distance in metres over M bodies; NaN when a position is missing or there is no body. */
export function positionError(predicted: Positions, truth: Positions): number {
  if (predicted.length !== truth.length)
    throw new Error(
      `position error: ${predicted.length / 3} predicted and ${truth.length / 3} true positions; give one of each a body`,
    );
  let sum = 0;
  for (let i = 0; i < truth.length; i += 3)
    sum += Math.hypot(
      predicted[i] - truth[i],
      predicted[i + 1] - truth[i + 1],
      predicted[i + 2] - truth[i + 2],
    );
  return sum / (truth.length / 3);
}

/**
 * `parsed`, with each body that is not found (NaN) left where it was found last.
 * @param last [M, 3] m where each body was found last before
 */
export function holdLost(parsed: Positions, last: Positions): Float64Array {
  const held = Float64Array.from(parsed);
  for (let i = 0; i < held.length; i += 3)
    if (Number.isNaN(held[i])) for (let axis = 0; axis < 3; axis++) held[i + axis] = last[i + axis];
  return held;
}
