/** The reference evaluator: slow, plain, and what every backend must agree with. */
import { is } from './apply.ts';
import { evaluations } from './evaluation.ts';
import type { EvaluationRule } from './evaluation.ts';
import { formatShape, size } from './extents.ts';
import { order } from './order.ts';
import { allocate, roundTo } from './dtypes.ts';
import type { PrimitiveName, Tensor, TypedArray } from './tensor.ts';

/** Row-major values by the names of inputs. */
export type Feeds = Readonly<Record<string, TypedArray | readonly number[]>>;

/**
 * @param outputs a list, or a record such as a program's outputs
 * @returns the values in the same arrangement, row-major
 * @throws when a needed input is missing or of the wrong size
 */
export function evaluate(outputs: readonly Tensor[], feeds?: Feeds): TypedArray[];
export function evaluate(
  outputs: Readonly<Record<string, Tensor>>,
  feeds?: Feeds,
): Record<string, TypedArray>;
export function evaluate(
  outputs: readonly Tensor[] | Readonly<Record<string, Tensor>>,
  feeds: Feeds = {},
): TypedArray[] | Record<string, TypedArray> {
  const values = new Map<Tensor, TypedArray>();
  for (const node of order(Object.values(outputs))) values.set(node, evaluateNode(node, values, feeds));
  if (isList(outputs)) return outputs.map((output) => values.get(output)!);
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, values.get(output)!]));
}

function evaluateNode(node: Tensor, values: ReadonlyMap<Tensor, TypedArray>, feeds: Feeds): TypedArray {
  if (is(node, 'input')) return fed(node, feeds);
  if (is(node, 'constant')) return filled(node);
  const rule = evaluations[node.op as PrimitiveName] as EvaluationRule<PrimitiveName>;
  const operands = node.inputs.map((operand) => values.get(operand)!);
  return roundTo(node.dtype, rule(operands, node as Tensor<PrimitiveName>, evaluate));
}

function fed(node: Tensor<'input'>, feeds: Feeds): TypedArray {
  const { name } = node.attributes;
  const values = feeds[name];
  if (values?.length === size(node.shape)) {
    const stored = allocate(node.dtype, values.length);
    stored.set(values);
    return roundTo(node.dtype, stored);
  }
  const given = values ? `${values.length} values were given` : 'nothing was given';
  throw new Error(
    `input "${name}": ${given}; feed ${size(node.shape)} values for ${formatShape(node.shape)}`,
  );
}

/** All elements of a constant, also of one that is stored as a single number. */
export function filled({ attributes: { value }, shape, dtype }: Tensor<'constant'>): TypedArray {
  return value.length === size(shape) ? value : allocate(dtype, size(shape)).fill(value[0]);
}

function isList(outputs: readonly Tensor[] | Readonly<Record<string, Tensor>>): outputs is readonly Tensor[] {
  return Array.isArray(outputs);
}
