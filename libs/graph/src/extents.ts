/** Arithmetic on shapes: sizes, strides, axes and NumPy's broadcasting. */
import { modelError } from './model-error.ts';
import type { Shape } from './tensor.ts';

/** Number of elements; 1 for a scalar. */
export function size(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `[32, 64]`, as shapes are written in errors and in printed graphs. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** The shape that all given shapes broadcast to, aligned at the last axis; undefined when there is none. */
export function broadcastShape(...shapes: readonly Shape[]): number[] | undefined {
  const result = new Array<number>(Math.max(0, ...shapes.map((shape) => shape.length))).fill(1);
  for (const shape of shapes) {
    const lead = result.length - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const extent = shape[axis];
      if (extent === 1 || extent === result[lead + axis]) continue;
      if (result[lead + axis] !== 1) return undefined;
      result[lead + axis] = extent;
    }
  }
  return result;
}

/**
 * @param axis may count from the end: -1 is the last
 * @throws when a tensor of this rank has no such axis
 */
export function resolveAxis(op: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= shape.length) {
    throw modelError(
      `${op}: ${formatShape(shape)} has no axis ${axis}; give one of ${axisRange(shape.length)}`,
    );
  }
  return resolved;
}

/** @returns the axes in ascending order; all of them when none are given */
export function resolveAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  shape: Shape,
): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  const resolved = list.map((axis) => resolveAxis(op, axis, shape)).sort((a, b) => a - b);
  if (new Set(resolved).size !== resolved.length) {
    throw modelError(`${op}: axes [${list.join(', ')}] of ${formatShape(shape)} repeat; name each axis once`);
  }
  return resolved;
}

function axisRange(rank: number): string {
  return rank === 0 ? 'none: it is a scalar' : `${-rank} to ${rank - 1}`;
}

/** @throws unless each extent is a positive integer */
export function checkShape(op: string, shape: Shape): void {
  if (shape.every((extent) => Number.isInteger(extent) && extent > 0)) return;
  throw modelError(`${op}: shape ${formatShape(shape)}: extents must be positive integers`);
}
