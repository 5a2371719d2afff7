/** The lines of one graph: walks the tensors, and lets each one's row of the table write. */
import { is, order } from '@orrery/graph';
import type { OpName, PrimitiveName, Tensor } from '@orrery/graph';
import type { Block, Value } from './block.ts';
import { lowerings } from './lowerings.ts';
import type { Lowering, OperandPrecision } from './lowerings.ts';
import { sliceOfScan, writeScan } from './scan.ts';
import type { ScanForm } from './scan.ts';
import { literal, typeText } from './types.ts';

export interface EmissionOptions {
  readonly scan: ScanForm;
  readonly precision: OperandPrecision;
  /** Another form of a value, for ops that do not work on each element alone: a parameter that is gathered first. */
  readonly whole?: ((block: Block, tensor: Tensor, value: Value) => Value) | undefined;
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
  const values = new Map<Tensor, Value>(given);
  const wholes = new Map<Tensor, Value>();
  const scans = new Map<Tensor, readonly Value[]>();

  const valueOf = (tensor: Tensor): Value => {
    const known = values.get(tensor);
    if (known) return known;
    const value = lower(tensor);
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

  const resultsOf = (scan: Tensor<'scan'>): readonly Value[] => {
    const known = scans.get(scan);
    if (known) return known;
    const results = writeScan(block, scan, scan.inputs.map(wholeOf), options.scan, (inside, wanted, own) =>
      emit(inside, wanted, own, { ...options, whole: undefined }),
    );
    scans.set(scan, results);
    return results;
  };

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
    const [first] = tensor.inputs;
    if (is(tensor, 'slice') && is(first, 'scan')) {
      const within = sliceOfScan(block, first.attributes.loop, tensor, resultsOf(first));
      if (within) return within;
    }
    const row = lowerings[tensor.op as PrimitiveName] as Lowering<PrimitiveName> | undefined;
    if (!row) throw new Error(`stablehlo: op "${tensor.op}" has no row in the table of lowerings; add one`);
    const operands = tensor.inputs.map(crossing.has(tensor.op) ? wholeOf : valueOf);
    return row(operands, tensor as Tensor<PrimitiveName>, { block, resultsOf, precision: options.precision });
  };

  for (const tensor of order(outputs)) if (!deferred.has(tensor.op)) valueOf(tensor);
  return outputs.map(valueOf);
}
