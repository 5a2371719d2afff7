/** Reading and summing at places that are known only when the program runs. */
import { is, size } from '@orrery/graph';
import type { Tensor } from '@orrery/graph';
import { broadcastValue, fill, reshapeTo, signature } from './block.ts';
import type { Block, Value } from './block.ts';
import { list, typeText } from './types.ts';

/** Indices within [0, extent): accelerators fault, or read what is not theirs, where XLA on the CPU would clamp. */
function clamped(block: Block, indices: Value, extent: number, node: Tensor): Value {
  if (is(node, 'constant') && node.attributes.value.every((index) => index >= 0 && index < extent))
    return indices;
  const [low, high] = [0, extent - 1].map((bound) => fill(block, bound, { shape: [], dtype: 'i32' }));
  return block.write(
    `stablehlo.clamp ${low.name}, ${indices.name}, ${high.name} : ${signature([low, indices, high], indices)}`,
    indices,
  );
}

/** [...shape] -> [...shape, 1]: the place along one axis. */
function asPlaces(block: Block, indices: Value): Value {
  return reshapeTo(block, indices, [...indices.shape, 1]);
}

export function gather(block: Block, x: Value, indices: Value, node: Tensor<'gather'>): Value {
  const { axis } = node.attributes;
  const places = asPlaces(block, clamped(block, indices, x.shape[axis], node.inputs[1]));
  const rank = indices.shape.length;
  const offsets = node.shape.map((_, i) => i).filter((i) => i < axis || i >= axis + rank);
  const numbers = [
    `offset_dims = ${list(offsets)}`,
    `collapsed_slice_dims = [${axis}]`,
    `start_index_map = [${axis}]`,
    `index_vector_dim = ${rank}`,
  ].join(', ');
  const sizes = x.shape.with(axis, 1).join(', ');
  return block.write(
    `"stablehlo.gather"(${x.name}, ${places.name}) <{dimension_numbers = #stablehlo.gather<${numbers}>, ` +
      `slice_sizes = array<i64: ${sizes}>}> : ${signature([x, places], node)}`,
    node,
  );
}

/** @param updates of the dtype in which sums are taken */
export function scatterAdd(block: Block, indices: Value, updates: Value, node: Tensor<'scatterAdd'>): Value {
  const { axis, size: extent } = node.attributes;
  const type = { shape: node.shape, dtype: updates.dtype };
  const scalar = { shape: [], dtype: updates.dtype };
  const zeros = broadcastValue(block, fill(block, 0, scalar), node.shape);
  const places = asPlaces(block, clamped(block, indices, extent, node.inputs[0]));
  const rank = indices.shape.length;
  const windows = updates.shape.map((_, i) => i).filter((i) => i < axis || i >= axis + rank);
  const numbers = [
    ...(windows.length > 0 ? [`update_window_dims = ${list(windows)}`] : []),
    `inserted_window_dims = [${axis}]`,
    `scatter_dims_to_operand_dims = [${axis}]`,
    `index_vector_dim = ${rank}`,
  ].join(', ');
  const [a, b, sum] = [block.fresh(), block.fresh(), block.fresh()];
  const name = block.fresh();
  block.line(
    `${name} = "stablehlo.scatter"(${zeros.name}, ${places.name}, ${updates.name}) <{indices_are_sorted = false, ` +
      `scatter_dimension_numbers = #stablehlo.scatter<${numbers}>, unique_indices = ${size(indices.shape) === 1}}> ({`,
  );
  const body = block.inside();
  block.line(`^bb0(${a}: ${typeText(scalar)}, ${b}: ${typeText(scalar)}):`);
  body.line(`${sum} = stablehlo.add ${a}, ${b} : ${typeText(scalar)}`);
  body.line(`stablehlo.return ${sum} : ${typeText(scalar)}`);
  block.append(body);
  block.line(`}) : ${signature([zeros, places, updates], type)}`);
  return { name, ...type };
}
