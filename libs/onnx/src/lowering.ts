/** Graph -> ONNX: a program becomes a model, a loop a model of one Scan. */
import type { Loop, Program } from '@orrery/graph';
import { emit } from './emission.ts';
import type { NamedTensor } from './emission.ts';
import { inFile } from './expression.ts';
import { encodeModel } from './model-proto.ts';
import type { Graph, Initializer, ValueInfo } from './model-proto.ts';
import { fileName } from './names.ts';
import { isLoop, signatureOf } from './signature.ts';

export interface LoweringOptions {
  /** Shown by readers of the file; "program" or "loop" by default. */
  readonly name?: string;
}

/**
 * The ONNX file of a program or loop: opset 21, standard operators, static shapes. Values are named as the program
 * names its inputs and outputs, and by op and position between; an output that has an input's name ends in ":next".
 * A loop is a Scan: carried inputs have the body's shape, all others a leading axis of `steps`.
 * @throws when a loop's carry does not fit its body, a needed input is not listed, or the file would exceed 2 GiB
 */
export function toOnnx(
  graph: Program | Loop,
  { name = isLoop(graph) ? 'loop' : 'program' }: LoweringOptions = {},
): Uint8Array<ArrayBuffer> {
  return encodeModel(isLoop(graph) ? lowerLoop(graph, name) : lowerProgram(graph, name));
}

/** @param prefix of all names inside */
function lowerProgram(program: Program, name: string, prefix = ''): Graph {
  const signature = signatureOf(program);
  const inputs = program.inputs.map((tensor) => ({ name: prefix + tensor.attributes.name, tensor }));
  const outputs = Object.entries(program.outputs).map(([output, tensor]) => ({
    name: prefix + fileName(output, signature.inputs),
    tensor,
  }));
  const emission = emit(inputs, outputs, prefix);
  return {
    name,
    documentation: `Lowered by orrery to ${emission.nodes.length} nodes`,
    ...emission,
    inputs: inputs.map(describe),
    outputs: outputs.map(describe),
  };
}

function describe({ name, tensor: { dtype, shape } }: NamedTensor): ValueInfo {
  return { name, dtype: inFile(dtype), shape };
}

/** One Scan whose state variables are the carried values. */
function lowerLoop(loop: Loop, name: string): Graph {
  const { inputs, outputs } = signatureOf(loop);
  const placed = (output: string) => fileName(output, inputs);
  // No name inside a Scan may be one of those around it.
  const around = [...Object.keys(inputs), ...Object.keys(outputs).map(placed)];
  const prefix = extended('step/', (candidate) => around.some((other) => other.startsWith(candidate)));
  const step = lowerProgram(loop.body, `${name}/step`, prefix);
  const carried = Object.entries(loop.carry);
  const carriedInputs = new Set(carried.map(([, input]) => input));
  const scanned = Object.keys(inputs).filter((input) => !carriedInputs.has(input));
  const stacked = Object.keys(outputs).filter((output) => !Object.hasOwn(loop.carry, output));
  // A Scan counts its steps by what it scans, so without any it gets something to count.
  const counters = scanned.length > 0 ? [] : [stepCounter(loop.steps, around)];
  const inputOrder = [...carriedInputs, ...scanned];
  const outputOrder = [...carried.map(([output]) => output), ...stacked].map(placed);
  const pick = (values: readonly ValueInfo[], names: readonly string[]) => {
    const byName = new Map(values.map((value) => [value.name, value]));
    return names.map((wanted) => byName.get(prefix + wanted)!);
  };
  const counted = counters.map(({ name: counter, dtype }) => ({ name: prefix + counter, dtype, shape: [] }));
  const body = {
    ...step,
    inputs: [...pick(step.inputs, inputOrder), ...counted],
    outputs: pick(step.outputs, outputOrder),
  };
  return {
    name,
    documentation: `${loop.steps} repetitions of: ${step.documentation}`,
    nodes: [
      {
        name: 'scan',
        opType: 'Scan',
        inputs: [...inputOrder, ...counters.map((counter) => counter.name)],
        outputs: outputOrder,
        attributes: { body, num_scan_inputs: scanned.length + counters.length },
      },
    ],
    initializers: counters,
    inputs: Object.entries(inputs).map(([input, type]) => ({
      name: input,
      ...type,
      dtype: inFile(type.dtype),
    })),
    outputs: Object.entries(outputs).map(([output, type]) => ({
      name: placed(output),
      ...type,
      dtype: inFile(type.dtype),
    })),
    values: [],
  };
}

function stepCounter(steps: number, around: readonly string[]): Initializer {
  const name = extended(':steps', (candidate) => around.includes(candidate));
  return { name, dtype: 'u8', shape: [steps], data: new Uint8Array(steps) };
}

/** The name, with its last letter repeated until it is free. */
function extended(name: string, isTaken: (candidate: string) => boolean): string {
  let candidate = name;
  while (isTaken(candidate)) candidate += name.at(-1)!;
  return candidate;
}
