/** Replaces nodes by cheaper ones of the same value, up to rounding, for finite inputs. */
import { apply, is } from '../apply.ts';
import { sameShape } from '../extents.ts';
import { broadcastTo } from '../movement.ts';
import { constant } from '../sources.ts';
import type { PrimitiveName, Tensor } from '../tensor.ts';
import { algebra } from './algebra.ts';
import { movements } from './movements.ts';
import { elementwiseOps, splatValue } from './recognize.ts';
import { contractions } from './sums.ts';
import { rewrite } from './rewrite.ts';
import type { Pass, Simplifications } from './rewrite.ts';

const rules: Simplifications = { ...algebra, ...movements, ...contractions };

/** A replacement may have a replacement, one for each of the parts that it joins; this many in a row would be a cycle. */
const longestChain = 100_000;

export const simplify: Pass = (outputs) => rewrite(outputs, settle);

function settle(node: Tensor): Tensor {
  let current = node;
  for (let i = 0; i < longestChain; i++) {
    const next = simpler(current);
    if (next === undefined) return current;
    current = next;
  }
  throw new Error(`simplify: the rules for ${node.op} and ${current.op} undo each other; remove one`);
}

function simpler(node: Tensor): Tensor | undefined {
  if (node.inputs.length === 0) return undefined;
  const rule = rules[node.op as PrimitiveName] as ((node: Tensor) => Tensor | undefined) | undefined;
  return rule?.(node) ?? (elementwiseOps.has(node.op) ? withoutBroadcasts(node) : undefined);
}

/** Element-wise ops broadcast by themselves; what all operands repeat is computed once and repeated after. */
function withoutBroadcasts(node: Tensor): Tensor | undefined {
  const inputs = node.inputs.map(bare);
  if (inputs.every((operand, index) => operand === node.inputs[index])) return undefined;
  const core = apply(node.op as PrimitiveName, inputs, (node as Tensor<PrimitiveName>).attributes);
  return sameShape(core.shape, node.shape) ? core : broadcastTo(core, node.shape);
}

function bare(operand: Tensor): Tensor {
  if (is(operand, 'broadcast')) return operand.inputs[0];
  const splat = splatValue(operand);
  return splat === undefined || operand.shape.length === 0 ? operand : constant(splat, [], operand.dtype);
}
