/** The nodes and initializers of one graph: walks the tensors, and gives names to what their rows ask for. */
import { formatShape, is, order, size } from '@orrery/graph';
import type { PrimitiveName, Tensor } from '@orrery/graph';
import { carried } from './carriers.ts';
import { call, castTo, expandTo, inFile, scalar } from './expression.ts';
import type { Expression, Literal, Reference } from './expression.ts';
import { fusionsOf } from './fusions.ts';
import { lowerings } from './lowerings.ts';
import type { Lowering } from './lowerings.ts';
import { emitScan } from './scan.ts';
import type { Graph, Initializer, Node, ValueInfo } from './model-proto.ts';

export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/** Emitted when somebody needs their value: most of them vanish into the operators that use them. */
const deferred: readonly string[] = ['input', 'constant', 'broadcast', 'transpose', 'pad', 'reverse', 'scan'];
/** Literals up to this size are put in the file once, under a name that tells their value. */
const LONGEST_NAMED_LITERAL = 16;

/**
 * @param inputs, outputs under the names that they have in the file
 * @param prefix of all other names, which come from ops and positions
 */

export function emit(
  inputs: readonly NamedTensor[],
  outputs: readonly NamedTensor[],
  prefix: string,
): Pick<Graph, 'nodes' | 'initializers' | 'values'> {
  const tensors = order(outputs.map(({ tensor }) => tensor));
  const { fused, inner } = fusionsOf(outputs.map(({ tensor }) => tensor));
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const values: ValueInfo[] = [];
  const taken = new Set<string>([...inputs, ...outputs].map(({ name }) => name));
  const position = new Map(tensors.map((tensor, index) => [tensor, index]));
  const emitted = new Map<Tensor, Reference>();
  const calls = new Map<Expression, Reference>();
  const literals = new Map<string, Reference>();

  const entries = new Map(inputs.map(({ name, tensor }) => [tensor, { reference: name }]));
  // What comes in for bf16 is rounded first.
  for (const [tensor, entry] of entries) if (tensor.dtype !== 'bf16') emitted.set(tensor, entry);
  const wanted = new Map<Tensor, string>();
  for (const { name, tensor } of outputs) {
    if (!wanted.has(tensor) && !entries.has(tensor)) wanted.set(tensor, name);
  }

  const unique = (name: string): string => {
    let candidate = prefix + name;
    for (let copy = 2; taken.has(candidate); copy++) candidate = `${prefix}${name}_${copy}`;
    taken.add(candidate);
    return candidate;
  };

  const valueOf = (tensor: Tensor): Reference => {
    const known = emitted.get(tensor);
    if (known) return known;
    const label = `${tensor.op}_${position.get(tensor) ?? 'scalar'}`;
    const value = lower(tensor, label);
    emitted.set(tensor, value);
    return value;
  };

  const lower = (tensor: Tensor, label: string): Reference => {
    const entry = entries.get(tensor);
    if (entry) return place(castTo(tensor.dtype, entry), label);
    if (is(tensor, 'input')) {
      throw new Error(
        `onnx: input "${tensor.attributes.name}" is needed but not listed in the program; add it to its inputs`,
      );
    }
    if (is(tensor, 'constant')) return place(constantOf(tensor), label);
    const lowering = lowerings[tensor.op as PrimitiveName] as Lowering<PrimitiveName> | undefined;
    if (!lowering) throw new Error(`onnx: op "${tensor.op}" has no row in the table of lowerings; add one`);
    const fusion = fused.get(tensor);
    const expression = fusion
      ? call(fusion.opType, [valueOf(fusion.x)], { axis: fusion.axis })
      : carried(lowering, tensor as Tensor<PrimitiveName>, valueOf, resultsOf);
    const result = wanted.get(tensor);
    const value = place(expression, label, result);
    if ('opType' in expression && result === undefined) {
      values.push({ name: value.reference, dtype: inFile(tensor.dtype), shape: tensor.shape });
    }
    return value;
  };

  const scans = new Map<Tensor, readonly Reference[]>();
  const resultsOf = (scan: Tensor<'scan'>): readonly Reference[] => {
    const known = scans.get(scan);
    if (known) return known;
    const operands = scan.inputs.map(valueOf);
    const emittedScan = emitScan(scan, unique(`scan_${position.get(scan)!}`), operands, emit);
    nodes.push(emittedScan.node);
    values.push(...emittedScan.values);
    const results = emittedScan.values.map(({ name }) => ({ reference: name }));
    scans.set(scan, results);
    return results;
  };

  const place = (expression: Expression, label: string, result?: string): Reference => {
    if ('reference' in expression) return expression;
    if ('data' in expression) return placeLiteral(expression, label);
    const known = calls.get(expression);
    if (known) return known;
    const operands = expression.inputs.map((operand) => {
      const inner = 'opType' in operand ? `${label}/${operand.opType}` : label;
      return place(operand, inner).reference;
    });
    const name = unique(label);
    const { opType, attributes } = expression;
    nodes.push({ name, opType, inputs: operands, outputs: [result ?? name], attributes });
    const value = { reference: result ?? name };
    calls.set(expression, value);
    return value;
  };

  const placeLiteral = (literal: Literal, label: string): Reference => {
    const short = literal.data.length <= LONGEST_NAMED_LITERAL;
    const key = `${literal.dtype}${formatShape(literal.shape)}(${short ? valuesOf(literal) : label})`;
    const known = literals.get(key);
    if (known) return known;
    const name = unique(short ? key : label);
    initializers.push({ name, ...literal });
    literals.set(key, { reference: name });
    return { reference: name };
  };

  for (const tensor of tensors) {
    if (!deferred.includes(tensor.op) && !inner.has(tensor)) valueOf(tensor);
  }
  for (const { name, tensor } of outputs) {
    const value = valueOf(tensor).reference;
    if (value === name) continue;
    nodes.push({
      name: unique(`${tensor.op}_${position.get(tensor)!}/Identity`),
      opType: 'Identity',
      inputs: [value],
      outputs: [name],
      attributes: {},
    });
  }
  return { nodes, initializers, values };
}

/** Unlike `join`, tells -0 from 0. */
function valuesOf({ data }: Literal): string {
  return Array.from<number | bigint>(data)
    .map((value) => (Object.is(value, -0) ? '-0' : String(value)))
    .join(', ');
}

/** A single number that fills a shape stays one in the file. */
function constantOf({ attributes: { value }, dtype, shape }: Tensor<'constant'>): Expression {
  return value.length < size(shape)
    ? expandTo(shape, scalar(value[0], dtype))
    : { dtype: inFile(dtype), shape, data: value };
}
