/** A scan and the same scan with what a gradient needs besides become one. */
import { apply, is } from '../apply.ts';
import { order } from '../order.ts';
import { sliceAxis } from '../movement.ts';
import type { ScanLoop, Tensor } from '../tensor.ts';
import { rewrite } from './rewrite.ts';
import type { Pass } from './rewrite.ts';

export const mergeScans: Pass = (outputs) => {
  const longer = new Map<ScanLoop, ScanLoop>();
  const scans = order(outputs).filter((node) => is(node, 'scan'));
  const sameInputs = (a: Tensor, b: Tensor) => a.inputs.every((operand, i) => operand === b.inputs[i]);
  for (const node of scans) {
    const shorter = node.attributes.loop.extends;
    const twin = scans.find((other) => other.attributes.loop === shorter && sameInputs(node, other));
    if (shorter && twin) longer.set(shorter, node.attributes.loop);
  }
  if (longer.size === 0) return [...outputs];
  return rewrite(outputs, (node) => {
    if (!is(node, 'scan')) return node;
    const loop = longest(node.attributes.loop);
    if (loop === node.attributes.loop) return node;
    // What the longer one begins with.
    return sliceAxis(apply('scan', node.inputs, { loop }), 0, 0, node.shape[0]);
  });

  // A gradient of a gradient adds to what the first one added.
  function longest(loop: ScanLoop): ScanLoop {
    const next = longer.get(loop);
    return next ? longest(next) : loop;
  }
};
