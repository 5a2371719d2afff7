/**
 * Rows that were merged. A linear layer reshapes [B, T, F] to [B T, F] for one large product; along merged rows a cut of
 * T cannot be said, and a partitioner would gather them before each product. Over more than one device products are
 * therefore written over all the axes that the rows were, which compilers merge again on each device.
 */
import { elementwiseOps, is, sameShape, type Shape, type Tensor } from '@orrery/graph';

/** Of a tensor of two dimensions whose rows, or columns, were several axes. */
export interface Rows {
  /** [..., F] in place of [R, F] */
  readonly shape: Shape;
  /** Whether the tensor is [F, R]. */
  readonly turned: boolean;
}

/** @param nodes in their order */
export function mergedRows(nodes: readonly Tensor[]): ReadonlyMap<Tensor, Rows> {
  const found = new Map<Tensor, Rows>();
  for (const node of nodes) {
    const rows = node.shape.length === 2 ? rowsOf(node, found) : undefined;
    if (rows) found.set(node, rows);
  }
  return found;
}

function rowsOf(node: Tensor, found: ReadonlyMap<Tensor, Rows>): Rows | undefined {
  const [count, features] = node.shape;
  const [first, second] = node.inputs;
  const straight = (operand: Tensor) => {
    const own = found.get(operand);
    return own && !own.turned && operand.shape[0] === count ? own : undefined;
  };
  const over = ({ shape }: Rows, last: number): Rows => ({ shape: shape.with(-1, last), turned: false });
  if (is(node, 'reshape')) {
    const lead = leading(first.shape, count);
    return lead && { shape: [...lead, features], turned: false };
  }
  if (is(node, 'transpose')) {
    const own = found.get(first);
    return own && !own.turned ? { shape: own.shape, turned: true } : undefined;
  }
  if (is(node, 'matmul')) {
    const own = straight(first);
    return own && second.shape.length === 2 && !found.has(second) ? over(own, features) : undefined;
  }
  if (!elementwiseOps.has(node.op)) return undefined;
  if (node.inputs.length === 1 && found.get(first)?.turned) return found.get(first);
  const own = node.inputs.map(straight).find((rows) => rows !== undefined);
  return own && over(own, features);
}

/** The leading axes, two or more, that have so many elements. */
function leading(shape: Shape, count: number): Shape | undefined {
  let product = 1;
  for (const [axis, extent] of shape.entries()) {
    product *= extent;
    if (product === count && axis > 0) return shape.slice(0, axis + 1);
    if (product > count) return undefined;
  }
  return undefined;
}

/** Whether two were the same axes. */
export function sameRows(a: Rows, b: Rows): boolean {
  return sameShape(a.shape.slice(0, -1), b.shape.slice(0, -1));
}
