/** Where a training step first makes a value that is no finite number. */
import {
  formatShape,
  is,
  isFloat,
  mul,
  order,
  program,
  reduceSum,
  type Program,
  type Tensor,
} from '@orrery/graph';
import type { SessionFeeds } from '@orrery/onnx';
import { createSession } from '@orrery/onnx/node';

/**
 * Runs the step once with a sum over each tensor: 0 times its values is 0, and NaN where one of them is NaN or infinite.
 * @param feeds of `step`
 * @returns the first such tensor in the order of computation, in words; undefined when there is none
 */
export async function firstNonFinite(step: Program, feeds: SessionFeeds): Promise<string | undefined> {
  const nodes = order(Object.values(step.outputs)).filter(
    (node) => isFloat(node.dtype) && !is(node, 'constant') && !is(node, 'scan'),
  );
  const sums = Object.fromEntries(nodes.map((node, i) => [`${i}`, reduceSum(mul(node, 0))]));
  // Nothing may simplify the product away.
  const session = await createSession(program(sums, step.inputs), { optimization: 'disabled' });
  try {
    const results = await session.run(feeds);
    const at = nodes.findIndex((_, i) => Number.isNaN(results[`${i}`].data[0]));
    return at < 0 ? undefined : describe(nodes[at]);
  } finally {
    await session.close();
  }
}

/** "exp f32 [8, 64], computed from "parameters/head.kernel"" */
function describe(node: Tensor): string {
  const type = `${node.dtype} ${formatShape(node.shape)}`;
  if (is(node, 'input')) return `input "${node.attributes.name}" ${type}`;
  const source = nearestInput(node);
  return `${node.op} ${type}${source === undefined ? '' : `, computed from "${source}"`}`;
}

/** The input of the training state that the fewest ops lie between. */
function nearestInput(node: Tensor): string | undefined {
  let level = [node];
  const seen = new Set<Tensor>();
  while (level.length > 0) {
    const found = level.find((tensor) => is(tensor, 'input') && tensor.attributes.name.includes('/'));
    if (found) return (found as Tensor<'input'>).attributes.name;
    for (const tensor of level) seen.add(tensor);
    level = [...new Set(level.flatMap((tensor) => tensor.inputs))].filter((tensor) => !seen.has(tensor));
  }
  return undefined;
}
