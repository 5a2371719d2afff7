import { formatShape, type Tensor, modelError } from '@orrery/graph';

/** Extents from first to last: a number that must be met, or a name for any; "..." first stands for any leading axes. */
export type ShapePattern = readonly (number | string)[];

/**
 * @param layer what asks, as `attention "blocks.0.attention"`
 * @param what how the layer calls the tensor
 * @throws when the shape does not match, naming the layer, both shapes and the remedy
 */
export function expectShape(
  layer: string,
  what: string,
  { shape }: Tensor,
  pattern: ShapePattern,
  remedy: string,
): void {
  const open = pattern[0] === '...';
  const wanted = open ? pattern.slice(1) : pattern;
  const own = open ? shape.slice(Math.max(0, shape.length - wanted.length)) : shape;
  const fits =
    own.length === wanted.length &&
    wanted.every((extent, axis) => typeof extent === 'string' || extent === own[axis]);
  if (fits) return;
  throw modelError(`${layer}: ${what} ${formatShape(shape)} is not [${pattern.join(', ')}]; ${remedy}`);
}
