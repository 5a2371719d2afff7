/** What a graph costs to run once, exactly, from its shapes. */
import { is } from './apply.ts';
import { bytesPerElement } from './dtypes.ts';
import { flops } from './flops.ts';
import type { FlopsRule } from './flops.ts';
import { size } from './extents.ts';
import { order } from './order.ts';
import type { PrimitiveName, Program, Tensor } from './tensor.ts';

export interface OpCost {
  /** Number of nodes. */
  readonly count: number;
  readonly flops: number;
  /** Bytes read and written when each node reads its inputs from memory and writes its result there. */
  readonly bytes: number;
}

export interface Cost extends OpCost {
  /** FLOPs of matrix products and convolutions: what model FLOPs utilisation counts. */
  readonly matrixFlops: number;
  readonly byOp: Readonly<Partial<Record<PrimitiveName, OpCost>>>;
}

export function byteSize(tensor: Tensor): number {
  return size(tensor.shape) * bytesPerElement(tensor.dtype);
}

/** @param graph a program, or its outputs */
export function cost(graph: Program | readonly Tensor[]): Cost {
  const outputs = 'outputs' in graph ? Object.values(graph.outputs) : graph;
  const byOp: Partial<Record<PrimitiveName, OpCost>> = {};
  let total: OpCost = { count: 0, flops: 0, bytes: 0 };
  const count = (op: PrimitiveName, own: OpCost) => {
    byOp[op] = sum(byOp[op], own);
    total = sum(total, own);
  };
  for (const node of order(outputs)) {
    if (node.op === 'input' || node.op === 'constant') continue;
    if (!is(node, 'scan')) {
      count(node.op, nodeCost(node as Tensor<PrimitiveName>));
      continue;
    }
    // What the steps do counts under their own ops; the scan itself has only its result to write.
    const { loop } = node.attributes;
    for (const [op, { flops: own, bytes, count: nodes }] of Object.entries(cost(loop.outputs).byOp)) {
      count(op as PrimitiveName, {
        count: nodes,
        flops: loop.steps * own,
        bytes: loop.steps * bytes,
      });
    }
    count('scan', { count: 1, flops: 0, bytes: byteSize(node) });
  }
  return { ...total, matrixFlops: (byOp.matmul?.flops ?? 0) + (byOp.conv2d?.flops ?? 0), byOp };
}

function nodeCost(node: Tensor<PrimitiveName>): OpCost {
  // These change what a buffer is called, not what it holds.
  const free = node.op === 'reshape' || node.op === 'stopGradient';
  const read = node.inputs.reduce((bytes, operand) => bytes + byteSize(operand), 0);
  return {
    count: 1,
    flops: (flops[node.op] as FlopsRule<PrimitiveName>)(node),
    bytes: free ? 0 : read + byteSize(node),
  };
}

function sum(a: OpCost | undefined, b: OpCost): OpCost {
  return a ? { count: a.count + b.count, flops: a.flops + b.flops, bytes: a.bytes + b.bytes } : b;
}
