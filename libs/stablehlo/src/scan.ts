/**
 * A scan as `while` with a constant number of steps, the only loop that every back end takes; or written out step by step.
 * All that the loop reads goes in as its operands, as some compilers take no values from around it.
 */
import { scanPieces } from '@orrery/graph';
import type { ScanLoop, Tensor } from '@orrery/graph';
import { concatenate, elementwise, fill, reshapeTo, signature } from './block.ts';
import type { Block, Value } from './block.ts';
import { list, ranges, typeText } from './types.ts';

/** How loops are written. */
export type ScanForm = 'while' | 'unrolled';

/** Writes what computes `outputs` and returns their values. */
export type WriteBody = (
  block: Block,
  outputs: readonly Tensor[],
  given: ReadonlyMap<Tensor, Value>,
) => readonly Value[];

/**
 * @param operands the values of the scan's inputs
 * @returns the values of the loop's outputs: carries as they are, others stacked [steps, ...]
 */
export function writeScan(
  block: Block,
  { attributes: { loop } }: Tensor<'scan'>,
  operands: readonly Value[],
  form: ScanForm,
  writeBody: WriteBody,
): readonly Value[] {
  return (form === 'while' ? writeWhile : writeUnrolled)(block, loop, operands, writeBody);
}

function writeUnrolled(
  block: Block,
  loop: ScanLoop,
  operands: readonly Value[],
  writeBody: WriteBody,
): readonly Value[] {
  const { carries, scanned, steps, reverse } = loop;
  let carry = operands.slice(0, carries);
  const stacked: Value[][] = loop.outputs.slice(carries).map(() => []);
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const given = loop.inputs.map((_, k) => {
      if (k < carries) return carry[k];
      return k < carries + scanned ? entry(block, operands[k], t) : operands[k];
    });
    const results = writeBody(block, loop.outputs, new Map(loop.inputs.map((own, k) => [own, given[k]])));
    carry = results.slice(0, carries);
    results.slice(carries).forEach((value, k) => {
      stacked[k][t] = reshapeTo(block, value, [1, ...value.shape]);
    });
  }
  return [...carry, ...stacked.map((parts) => concatenate(block, parts, 0))];
}

/** x[t] */
function entry(block: Block, x: Value, t: number): Value {
  const start = x.shape.map((_, axis) => (axis === 0 ? t : 0));
  const limit = x.shape.map((extent, axis) => (axis === 0 ? t + 1 : extent));
  const type = { shape: x.shape.with(0, 1), dtype: x.dtype };
  const text = `stablehlo.slice ${x.name} ${ranges(
    start,
    limit,
    x.shape.map(() => 1),
  )} : ${signature([x], type)}`;
  return reshapeTo(block, block.write(text, type), x.shape.slice(1));
}

function writeWhile(
  block: Block,
  loop: ScanLoop,
  operands: readonly Value[],
  writeBody: WriteBody,
): readonly Value[] {
  const { carries, scanned, steps, reverse } = loop;
  const index = { shape: [], dtype: 'i32' } as const;
  const pieces = scanPieces(loop);
  const buffers = loop.outputs
    .slice(carries)
    .map(({ dtype }, k) => fill(block, 0, { shape: pieces[carries + k].shape, dtype }));
  // counter, carries, stacked outputs, then what stays as it is: scanned and captured
  const initial = [
    fill(block, 0, index),
    ...operands.slice(0, carries),
    ...buffers,
    ...operands.slice(carries),
  ];
  const result = block.fresh();
  const inside = initial.map((value) => ({ ...value, name: block.fresh() }));
  const assignments = inside.map(({ name }, k) => `${name} = ${initial[k].name}`).join(', ');
  block.line(
    `${result}:${initial.length} = stablehlo.while(${assignments}) : ${initial.map(typeText).join(', ')}`,
  );

  const condition = block.inside();
  const limit = fill(condition, steps, index);
  const counter = inside[0];
  const more = condition.write(
    `stablehlo.compare LT, ${counter.name}, ${limit.name}, SIGNED : ${signature([counter, limit], { shape: [], dtype: 'bool' })}`,
    { shape: [], dtype: 'bool' },
  );
  condition.line(`stablehlo.return ${more.name} : ${typeText(more)}`);
  block.line('cond {');
  block.append(condition);

  const body = block.inside();
  const own = inside.slice(1, 1 + carries);
  const stacks = inside.slice(1 + carries, 1 + loop.outputs.length);
  const kept = inside.slice(1 + loop.outputs.length);
  const last = fill(body, steps - 1, index);
  const at = reverse ? elementwise(body, 'subtract', [last, counter]) : counter;
  const zero = fill(body, 0, index);
  const places = (rank: number) => [at.name, ...Array<string>(rank - 1).fill(zero.name)].join(', ');
  const indexTypes = (rank: number) => Array<typeof index>(rank).fill(index);
  const slices = kept.slice(0, scanned).map((x) => {
    const type = { shape: x.shape.with(0, 1), dtype: x.dtype };
    const text =
      `stablehlo.dynamic_slice ${x.name}, ${places(x.shape.length)}, sizes = ${list(type.shape)} : ` +
      signature([x, ...indexTypes(x.shape.length)], type);
    return reshapeTo(body, body.write(text, type), x.shape.slice(1));
  });
  const given = [...own, ...slices, ...kept.slice(scanned)];
  const results = writeBody(body, loop.outputs, new Map(loop.inputs.map((input, k) => [input, given[k]])));
  const filled = results.slice(carries).map((value, k) => {
    const stack = stacks[k];
    const rank = stack.shape.length;
    const update = reshapeTo(body, value, [1, ...value.shape]);
    const text =
      `stablehlo.dynamic_update_slice ${stack.name}, ${update.name}, ${places(rank)} : ` +
      signature([stack, update, ...indexTypes(rank)], stack);
    return body.write(text, stack);
  });
  const next = elementwise(body, 'add', [counter, fill(body, 1, index)]);
  const all = [next, ...results.slice(0, carries), ...filled, ...kept];
  body.line(`stablehlo.return ${all.map(({ name }) => name).join(', ')} : ${all.map(typeText).join(', ')}`);
  block.line('} do {');
  block.append(body);
  block.line('}');
  return loop.outputs.map((_, k) => ({ ...initial[1 + k], name: `${result}#${1 + k}` }));
}

/**
 * A scan's whole result, flat: seldom needed, as each output has a value of its own.
 * @param results the values of the loop's outputs
 */
export function packed(block: Block, loop: ScanLoop, results: readonly Value[]): Value {
  const pieces = scanPieces(loop);
  return concatenate(
    block,
    results.map((value, k) => reshapeTo(block, value, [pieces[k].size])),
    0,
  );
}

/** A slice of a scan's result, where it lies within one output. */
export function sliceOfScan(
  block: Block,
  loop: ScanLoop,
  node: Tensor<'slice'>,
  results: readonly Value[],
): Value | undefined {
  const { start, limit, stride } = node.attributes;
  const [from, to] = [start[0], limit[0]];
  const pieces = scanPieces(loop);
  const at = pieces.findIndex((piece) => piece.start <= from && to <= piece.start + piece.size);
  if (at < 0) return undefined;
  const flat = reshapeTo(block, results[at], [pieces[at].size]);
  if (to - from === pieces[at].size && stride[0] === 1) return flat;
  const bounds = ranges([from - pieces[at].start], [to - pieces[at].start], stride);
  return block.write(`stablehlo.slice ${flat.name} ${bounds} : ${signature([flat], node)}`, node);
}
