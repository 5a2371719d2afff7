import {
  add,
  concat,
  constant,
  formatShape,
  mul,
  neg,
  sliceAxis,
  type Tensor,
  modelError,
} from '@orrery/graph';

export interface RotaryOptions {
  /** Of each token, its place along each axis: [axes][T]. One axis that counts from 0 by default. */
  readonly positions?: readonly (readonly number[])[];
  /** Length scale of the slowest rotation, 10000 by default. */
  readonly period?: number;
}

/**
 * Turns pairs of features by angles that grow with the position, so that products of queries and keys depend on their
 * distance: Su et al. (2021), equation 34, with feature i paired with i + D / 2 as in LLaMA. With several axes each turns
 * an equal share of the features.
 * @param x [..., T, D] with D a multiple of twice the number of axes
 * @returns [..., T, D]
 * @throws when positions and x do not fit each other
 */
export function rotary(x: Tensor, { positions, period = 10_000 }: RotaryOptions = {}): Tensor {
  const [tokens, features] = x.shape.slice(-2);
  const axes = positions ?? [Array.from({ length: tokens }, (_, t) => t)];
  const odd = axes.find((places) => places.length !== tokens);
  if (odd) {
    throw modelError(
      `rotary: ${odd.length} positions for the ${tokens} tokens of x ${formatShape(x.shape)}; give one a token`,
    );
  }
  const share = features / axes.length;
  const half = share / 2;
  if (!Number.isInteger(half)) {
    throw modelError(
      `rotary: ${features} features of x ${formatShape(x.shape)} are no multiple of ${2 * axes.length}, two an axis; change the size of a head`,
    );
  }
  // Angle of feature i of an axis's share, for each token: [T, share].
  const table = (places: readonly number[], wave: (angle: number) => number) =>
    constant(
      places.flatMap((place) =>
        Array.from({ length: share }, (_, i) => wave(place * period ** (-(i % half) / half))),
      ),
      [tokens, share],
      x.dtype,
    );
  const parts = axes.map((places, axis) => {
    const part = sliceAxis(x, -1, axis * share, (axis + 1) * share);
    const turned = concat([neg(sliceAxis(part, -1, half)), sliceAxis(part, -1, 0, half)], -1);
    return add(mul(part, table(places, Math.cos)), mul(turned, table(places, Math.sin)));
  });
  return concat(parts, -1);
}

/** Places along each axis of a grid's cells, row-major: for rotary over [T, H, W] laid out as one sequence. */
export function gridPositions(shape: readonly number[]): number[][] {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return shape.map((extent, axis) => {
    const inner = shape.slice(axis + 1).reduce((product, next) => product * next, 1);
    return Array.from({ length: count }, (_, cell) => Math.floor(cell / inner) % extent);
  });
}
