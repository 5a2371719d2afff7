/**
 * The memory that a graph takes to run once: every value lives from the node that computes it to the last that reads it.
 * Chen et al. (2016), "Training Deep Nets with Sublinear Memory Cost", section 3; in the order of order.ts.
 */
import { is } from './apply.ts';
import { byteSize } from './cost.ts';
import { order, usersIn } from './order.ts';
import { elementwiseOps } from './passes/recognize.ts';
import type { Loop, Program, ScanLoop, Tensor } from './tensor.ts';

/** Bytes. */
export interface Memory {
  /** What is fed, all of it as long as the run takes. */
  readonly inputs: number;
  readonly constants: number;
  readonly outputs: number;
  /** The most that values in between take at one time. */
  readonly intermediates: number;
  /** The sum: the most that is alive at one time. */
  readonly peak: number;
}

/** Of one run: of a program, or of the K steps of a loop. Outputs have places of their own. */
export function memory(graph: Program | Loop): Memory {
  if (!('body' in graph)) {
    const outputs = [...new Set(Object.values(graph.outputs))];
    return total(bytesOf(graph.inputs), outputs, bytesOf(outputs), mostAlive(outputs));
  }
  const { body, carry, steps } = graph;
  const carried = new Set(Object.values(carry));
  const times = (isCarried: boolean, tensor: Tensor) => (isCarried ? 1 : steps) * byteSize(tensor);
  const inputs = body.inputs.map((tensor) => times(carried.has(tensor.attributes.name), tensor));
  const named = Object.entries(body.outputs);
  const outputs = named.map(([name, tensor]) => times(Object.hasOwn(carry, name), tensor));
  const state = named.flatMap(([name, tensor]) => (Object.hasOwn(carry, name) ? [byteSize(tensor)] : []));
  const results = named.map(([, tensor]) => tensor);
  return total(sum(inputs), results, sum(outputs), between(steps, sum(state)) + mostAlive(results));
}

/** The inputs of a program whose place outputs of the same name take where they are donated, as XLA calls it. */
export function donatedInputs({ inputs, outputs }: Program): readonly Tensor<'input'>[] {
  return inputs.filter(({ attributes: { name } }) => Object.hasOwn(outputs, name));
}

/** The most bytes alive at one time where what comes in and goes out again has one place (`donatedInputs`). */
export function donatedPeak(program: Program): number {
  return memory(program).peak - bytesOf(donatedInputs(program));
}

function total(inputs: number, outputs: readonly Tensor[], written: number, intermediates: number): Memory {
  const constants = order(outputs).filter((node) => is(node, 'constant'));
  const stored = sum(constants.map((node) => node.attributes.value.byteLength));
  return {
    ...{ inputs, constants: stored, outputs: written, intermediates },
    peak: inputs + stored + written + intermediates,
  };
}

/** The state of a loop between its steps: what the last one left, and what the next one writes. */
function between(steps: number, state: number): number {
  return Math.min(steps - 1, 2) * state;
}

/** The most bytes alive at one time, of what is neither input, constant nor output. */
function mostAlive(outputs: readonly Tensor[]): number {
  const nodes = order(outputs);
  const buffer = buffers(nodes);
  const lastUse = new Map<Tensor, number>();
  nodes.forEach((node, i) => node.inputs.forEach((operand) => lastUse.set(buffer(operand), i)));
  const kept = new Set(outputs.map(buffer));
  const counted = (node: Tensor) => node.inputs.length > 0 && buffer(node) === node && !kept.has(node);
  let alive = 0;
  let most = 0;
  nodes.forEach((node, i) => {
    const operands = [...new Set(node.inputs.map(buffer))];
    const dying = operands.filter((operand) => counted(operand) && lastUse.get(operand) === i);
    const freed = sum(dying.map(byteSize));
    const inside = is(node, 'scan') ? insideScan(node.attributes.loop) : 0;
    // What is computed element by element may be written over what is read for the last time.
    const over =
      counted(node) && elementwiseOps.has(node.op) && dying.some((x) => byteSize(x) === byteSize(node));
    const own = counted(node) ? byteSize(node) : 0;
    most = Math.max(most, alive + own - (over ? own : 0) + inside);
    alive += own - freed;
  });
  return most;
}

function insideScan(loop: ScanLoop): number {
  const state = sum(loop.outputs.slice(0, loop.carries).map(byteSize));
  return between(loop.steps, state) + mostAlive(loop.outputs);
}

/** The node whose memory holds a node's value: its own, unless it is another view of an operand's. */
function buffers(nodes: readonly Tensor[]): (node: Tensor) => Tensor {
  const users = usersIn(nodes);
  const found = new Map<Tensor, Tensor>();
  for (const node of nodes) {
    const view = isView(node, users.get(node) ?? []);
    found.set(node, view ? found.get(node.inputs[0])! : node);
  }
  return (node) => found.get(node)!;
}

function isView(node: Tensor, users: readonly Tensor[]): boolean {
  if (is(node, 'reshape') || is(node, 'stopGradient')) return true;
  // Each output of a scan has a place of its own.
  if (is(node, 'slice') && is(node.inputs[0], 'scan')) return true;
  if (users.length === 0) return false;
  // Products read their factors transposed, and what works on elements repeats them by itself.
  if (is(node, 'transpose')) return swapsLastAxes(node) && users.every(({ op }) => op === 'matmul');
  return is(node, 'broadcast') && users.every(({ op }) => elementwiseOps.has(op));
}

function swapsLastAxes({ attributes: { permutation } }: Tensor<'transpose'>): boolean {
  const rank = permutation.length;
  return permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
}

function bytesOf(tensors: readonly Tensor[]): number {
  return sum(tensors.map(byteSize));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
