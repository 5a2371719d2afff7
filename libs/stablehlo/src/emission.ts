/** The lines of one graph: walks the tensors, and lets each one's row of the table write. */
import { is, order } from '@orrery/graph';
import type { OpName, PrimitiveName, Tensor } from '@orrery/graph';
import { reshapeTo } from './block.ts';
import type { Block, Value } from './block.ts';
import { findComposites } from './composites.ts';
import type { Composite } from './composites.ts';
import type { Functions } from './functions.ts';
import { contractRows, lowerings } from './lowerings.ts';
import type { Lowering, OperandPrecision } from './lowerings.ts';
import { mergedRows, sameRows } from './rows.ts';
import { sliceOfScan, writeScan } from './scan.ts';
import type { ScanForm } from './scan.ts';
import { literal, typeText } from './types.ts';

export interface EmissionOptions {
  readonly scan: ScanForm;
  readonly precision: OperandPrecision;
  /** Where composites decompose; without, none is written. */
  readonly functions?: Functions | undefined;
  /** Another form of a value, for ops that do not work on each element alone: a parameter that is gathered first. */
  readonly whole?: ((block: Block, tensor: Tensor, value: Value) => Value) | undefined;
  /** The value of a tensor as it is to lie from where it is computed. */
  readonly settled?: ((block: Block, tensor: Tensor, value: Value) => Value) | undefined;
  /** Whether products run over the axes that rows were merged from. */
  readonly splitRows?: boolean;
}

/** Written where somebody needs their value. */
const deferred: ReadonlySet<OpName> = new Set<OpName>(['input', 'constant', 'scan']);
/** What reads other elements of its operands than those of its own place. */
const crossing: ReadonlySet<OpName> = new Set<OpName>([
  ...([
    'matmul',
    'conv2d',
    'transpose',
    'reshape',
    'slice',
    'concat',
    'pad',
    'reverse',
    'gather',
    'scan',
  ] as const),
]);

/**
 * @param given the values of inputs
 * @returns the values of the outputs
 * @throws when an input has no value, or an op no row
 */
export function emit(
  block: Block,
  outputs: readonly Tensor[],
  given: ReadonlyMap<Tensor, Value>,
  options: EmissionOptions,
): readonly Value[] {
  const { functions, precision } = options;
  const nodes = order(outputs);
  const values = new Map<Tensor, Value>(given);
  const wholes = new Map<Tensor, Value>();
  const scans = new Map<Tensor, readonly Value[]>();
  const composites = functions ? findComposites(outputs) : [];
  const bodies = new Set(composites.flatMap(({ body }) => body));
  const rows = mergedRows(options.splitRows ? nodes.filter((node) => !bodies.has(node)) : []);
  const spreads = new Map<Tensor, Value>();
  const holders = new Map(composites.flatMap((own) => own.results.map((result) => [result, own] as const)));
  /** What composites compute and nobody else reads. */
  const inside = new Set(bodies);
  for (const read of [...holders.keys(), ...outputs]) inside.delete(read);
  for (const node of nodes) if (!bodies.has(node)) for (const operand of node.inputs) inside.delete(operand);

  const settle = (tensor: Tensor, value: Value): Value => options.settled?.(block, tensor, value) ?? value;

  const valueOf = (tensor: Tensor): Value => {
    const known = values.get(tensor);
    if (known) return known;
    const holder = holders.get(tensor);
    if (holder) {
      compose(holder);
      return values.get(tensor)!;
    }
    const value = settle(tensor, lower(tensor));
    values.set(tensor, value);
    return value;
  };

  const wholeOf = (tensor: Tensor): Value => {
    const known = wholes.get(tensor);
    if (known) return known;
    const value = options.whole?.(block, tensor, valueOf(tensor)) ?? valueOf(tensor);
    wholes.set(tensor, value);
    return value;
  };

  /** [..., F] of a tensor that has its rows merged; also of one that has them as columns. */
  const spreadOf = (tensor: Tensor): Value => {
    const known = spreads.get(tensor);
    if (known) return known;
    const value = spread(tensor);
    spreads.set(tensor, value);
    return value;
  };

  const spread = (tensor: Tensor): Value => {
    const { shape } = rows.get(tensor)!;
    const [first, second] = tensor.inputs;
    if (is(tensor, 'reshape')) return reshapeTo(block, wholeOf(first), shape);
    if (is(tensor, 'transpose')) return spreadOf(first);
    const node = { ...tensor, shape } as Tensor<PrimitiveName>;
    if (is(tensor, 'matmul')) return write(node, [spreadOf(first), wholeOf(second)]);
    const operands = tensor.inputs.map((operand) => {
      const own = rows.get(operand);
      if (own?.turned && rows.get(tensor)!.turned) return spreadOf(operand);
      if (operand.shape.length < 2 || operand.shape[0] === 1) return valueOf(operand);
      const value = own && !own.turned ? spreadOf(operand) : valueOf(operand);
      return reshapeTo(block, value, shape.with(-1, operand.shape[1]));
    });
    return write(node, operands);
  };

  const resultsOf = (scan: Tensor<'scan'>): readonly Value[] => {
    const known = scans.get(scan);
    if (known) return known;
    const results = writeScan(block, scan, scan.inputs.map(wholeOf), options.scan, (within, wanted, own) =>
      emit(within, wanted, own, { ...options, whole: undefined }),
    );
    scans.set(scan, results);
    return results;
  };

  const compose = (composite: Composite): void => {
    // In order, as they may be further away than a call stack is deep.
    for (const tensor of order(composite.operands)) visit(tensor);
    const results = functions!.compose(
      block,
      composite,
      composite.operands.map(valueOf),
      (within, wanted, own) => emit(within, wanted, own, { scan: options.scan, precision }),
    );
    composite.results.forEach((tensor, i) => values.set(tensor, settle(tensor, results[i])));
  };

  const write = (node: Tensor<PrimitiveName>, operands: readonly Value[]): Value =>
    (lowerings[node.op] as Lowering<PrimitiveName>)(operands, node, { block, resultsOf, precision });

  const lower = (tensor: Tensor): Value => {
    if (is(tensor, 'input')) {
      const { name } = tensor.attributes;
      throw new Error(
        `stablehlo: input "${name}" is needed but not listed in the program; add it to its inputs`,
      );
    }
    if (is(tensor, 'constant')) {
      return block.write(`stablehlo.constant ${literal(tensor)} : ${typeText(tensor)}`, tensor);
    }
    const [first, second] = tensor.inputs;
    if (is(tensor, 'slice') && is(first, 'scan')) {
      const within = sliceOfScan(block, first.attributes.loop, tensor, resultsOf(first));
      if (within) return within;
    }
    if (!Object.hasOwn(lowerings, tensor.op))
      throw new Error(`stablehlo: op "${tensor.op}" has no row in the table of lowerings; add one`);
    const [own, before, other] = [tensor, first, second].map((node) => node && rows.get(node));
    if (own && !own.turned) return reshapeTo(block, spreadOf(tensor), tensor.shape);
    if (before && !before.turned && is(tensor, 'reshape'))
      return reshapeTo(block, spreadOf(first), tensor.shape);
    if (before?.turned && other && !other.turned && is(tensor, 'matmul') && sameRows(before, other))
      return contractRows([spreadOf(first), spreadOf(second)], tensor, { block, resultsOf, precision });
    if (before && !before.turned && is(tensor, 'reduceSum') && tensor.attributes.axes.join() === '0') {
      const axes = before.shape.slice(0, -1).map((_, axis) => axis);
      return write({ ...tensor, attributes: { axes } } as Tensor<'reduceSum'>, [spreadOf(first)]);
    }
    const operands = tensor.inputs.map(crossing.has(tensor.op) ? wholeOf : valueOf);
    return write(tensor as Tensor<PrimitiveName>, operands);
  };

  const visit = (tensor: Tensor): void => {
    if (deferred.has(tensor.op) || inside.has(tensor) || values.has(tensor)) return;
    const own = rows.get(tensor);
    if (own) spreadOf(tensor);
    else valueOf(tensor);
  };

  for (const tensor of nodes) visit(tensor);
  return outputs.map(valueOf);
}
