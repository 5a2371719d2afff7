/** A scan as ONNX's Scan, with the step as its body; what the step captures it reads from the graph around. */
import type { Tensor } from '@orrery/graph';
import { scanPieces } from '@orrery/graph';
import { call, inFile, integers, reshapeTo } from './expression.ts';
import type { Expression, Reference } from './expression.ts';
import type { emit } from './emission.ts';
import type { Node, ValueInfo } from './model-proto.ts';

export interface EmittedScan {
  readonly node: Node;
  /** The node's outputs, in the order of the loop's. */
  readonly values: readonly ValueInfo[];
}

/**
 * @param name of the node, and before the names of all that is in its body
 * @param operands the values of the scan's inputs
 * @param emitBody `emit`, which is built on this
 */
export function emitScan(
  { attributes: { loop } }: Tensor<'scan'>,
  name: string,
  operands: readonly Reference[],
  emitBody: typeof emit,
): EmittedScan {
  const { carries, scanned, reverse } = loop;
  const own = carries + scanned;
  const prefix = `${name}/step/`;
  const inputs = loop.inputs.map((tensor, i) => ({
    name: i < own ? `${prefix}${tensor.attributes.name}` : operands[i].reference,
    tensor,
  }));
  const outputs = loop.outputs.map((tensor, i) => ({ name: `${prefix}output ${i}`, tensor }));
  const describe = ({ name: value, tensor: { dtype, shape } }: (typeof outputs)[number]): ValueInfo => ({
    name: value,
    dtype: inFile(dtype),
    shape,
  });
  const body = {
    name: `${name}/step`,
    ...emitBody(inputs, outputs, prefix),
    inputs: inputs.slice(0, own).map(describe),
    outputs: outputs.map(describe),
  };
  const values = scanPieces(loop).map(({ shape }, i) => ({
    name: `${name}/${i < carries ? 'carry' : 'stacked'} ${i}`,
    dtype: inFile(loop.outputs[i].dtype),
    shape,
  }));
  const backwards = (count: number) => Array<number>(count).fill(1);
  const directions = reverse
    ? {
        scan_input_directions: backwards(scanned),
        ...(loop.outputs.length > carries
          ? { scan_output_directions: backwards(loop.outputs.length - carries) }
          : {}),
      }
    : {};
  return {
    node: {
      name,
      opType: 'Scan',
      inputs: operands.slice(0, own).map(({ reference }) => reference),
      outputs: values.map((value) => value.name),
      attributes: { body, num_scan_inputs: scanned, ...directions },
    },
    values,
  };
}

/** A scan's whole result, flat: seldom needed, as each output has a value of its own. */
export function packed({ attributes: { loop } }: Tensor<'scan'>, results: readonly Expression[]): Expression {
  const flat = scanPieces(loop).map(({ size }, i) => reshapeTo([size], results[i]));
  return flat.length === 1 ? flat[0] : call('Concat', flat, { axis: 0 });
}

/** A slice of a scan's result, where it lies within one output. */
export function sliceOfScan(
  { attributes: { loop } }: Tensor<'scan'>,
  { attributes: { start, limit, stride } }: Tensor<'slice'>,
  results: readonly Expression[],
): Expression | undefined {
  const [from, to] = [start[0], limit[0]];
  const pieces = scanPieces(loop);
  const at = pieces.findIndex((piece) => piece.start <= from && to <= piece.start + piece.size);
  if (at < 0) return undefined;
  const piece = pieces[at];
  const flat = reshapeTo([piece.size], results[at]);
  if (to - from === piece.size && stride[0] === 1) return flat;
  const bounds = [from - piece.start, to - piece.start].map((bound) => integers([bound]));
  return call('Slice', [flat, ...bounds, integers([0]), integers(stride)]);
}
