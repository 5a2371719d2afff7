/** Matrix products and convolutions of a graph, by their sides. */
import { is, size, type Tensor } from '@orrery/graph';

/** `count` products [m, k] x [k, n]. */
export interface Product {
  readonly count: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** undefined for other nodes */
export function productOf(node: Tensor): Product | undefined {
  if (is(node, 'conv2d')) {
    // As a product of patches: [B H' W', C kH kW] x [C kH kW, O].
    const [batch, channels, height, width] = node.shape;
    const k = size(node.inputs[1].shape.slice(1));
    return { count: 1, m: batch * height * width, k, n: channels };
  }
  if (!is(node, 'matmul')) return undefined;
  const [m, n] = node.shape.slice(-2);
  return { count: size(node.shape.slice(0, -2)), m, k: node.inputs[0].shape.at(-1)!, n };
}
