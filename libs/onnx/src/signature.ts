/** What a program takes and returns. */
import { formatShape, sameShape } from '@orrery/graph';
import type { DType, Loop, Program, Shape, Tensor } from '@orrery/graph';

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Signature {
  readonly inputs: Readonly<Record<string, TensorType>>;
  readonly outputs: Readonly<Record<string, TensorType>>;
}

export function isLoop(graph: Program | Loop): graph is Loop {
  return 'body' in graph;
}

/** @throws when a loop's carry does not fit its body */
export function signatureOf(graph: Program | Loop): Signature {
  if (!isLoop(graph)) return programSignature(graph);
  checkLoop(graph);
  const { inputs, outputs } = programSignature(graph.body);
  const carried = new Set(Object.values(graph.carry));
  const stacked = (type: TensorType) => ({ ...type, shape: [graph.steps, ...type.shape] });
  return {
    inputs: mapValues(inputs, (type, name) => (carried.has(name) ? type : stacked(type))),
    outputs: mapValues(outputs, (type, name) => (Object.hasOwn(graph.carry, name) ? type : stacked(type))),
  };
}

function programSignature({ inputs, outputs }: Program): Signature {
  return {
    inputs: Object.fromEntries(inputs.map((tensor) => [tensor.attributes.name, typeOf(tensor)])),
    outputs: mapValues(outputs, typeOf),
  };
}

function typeOf({ dtype, shape }: Tensor): TensorType {
  return { dtype, shape };
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  convert: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value, name)]));
}

/** @throws naming the entry when a carry names nothing, names an input twice, or joins unequal types */
function checkLoop({ body, carry, steps }: Loop): void {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new Error(`loop: ${steps} steps; give a positive whole number`);
  }
  const { inputs, outputs } = programSignature(body);
  const taken = new Set<string>();
  for (const [output, input] of Object.entries(carry)) {
    const entry = `loop: carry "${output}" to "${input}"`;
    const from = own(outputs, output);
    const to = own(inputs, input);
    if (!from) throw new Error(`${entry}: the body has no output "${output}"; it has ${list(outputs)}`);
    if (!to) throw new Error(`${entry}: the body has no input "${input}"; it has ${list(inputs)}`);
    if (taken.has(input)) {
      throw new Error(`${entry}: another output is carried to "${input}"; carry one to each input`);
    }
    taken.add(input);
    if (from.dtype !== to.dtype || !sameShape(from.shape, to.shape)) {
      throw new Error(`${entry}: ${formatType(from)} is no ${formatType(to)}; make them agree`);
    }
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function formatType({ dtype, shape }: TensorType): string {
  return `${dtype} ${formatShape(shape)}`;
}

export function list(record: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(record);
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
