/** Ops whose i32 indices are data. */
import { apply } from './apply.ts';
import { cast, equal } from './elementwise.ts';
import { resolveAxis } from './extents.ts';
import { reshape } from './movement.ts';
import { arange } from './sources.ts';
import type { DType, Tensor } from './tensor.ts';

/** @returns x with `axis` replaced by the axes of `indices` (i32, 0 to size - 1) */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply('gather', [x, indices], { axis: resolveAxis('gather', axis, x.shape) });
}

/**
 * Sums updates into zeros: the transpose of gather.
 * @param indices i32, 0 to size - 1
 * @param updates of the shape that gather returns: the axes of `indices` stand at `axis`
 * @param size length of `axis` in the result
 */
export function scatterAdd(indices: Tensor, updates: Tensor, size: number, axis = 0): Tensor {
  return apply('scatterAdd', [indices, updates], {
    axis: resolveAxis('scatterAdd', axis, [...updates.shape, 1]),
    size,
  });
}

/** @returns indices.shape + [classes]: 1 where the class is the index, else 0 */
export function oneHot(indices: Tensor, classes: number, dtype: DType = 'f32'): Tensor {
  return cast(equal(reshape(indices, [...indices.shape, 1]), arange(classes)), dtype);
}
