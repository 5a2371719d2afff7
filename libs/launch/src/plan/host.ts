/**
 * How long an update takes a CPU that runs one node of the graph after another, as onnxruntime does: a roofline (Williams,
 * Waterman & Patterson, 2009) in which nothing overlaps, whose roofs were measured. Memory is as fast as the sizes of
 * arrays let caches be, products as their shortest side lets a core be.
 */
import { byteSize, is, order, size, type Program, type Tensor } from '@orrery/graph';
import { productOf, type Product } from './products.ts';

/** Points of a line that is straight in logarithms: [x, y], of growing x. */
type Curve = readonly (readonly [number, number])[];

/** What a machine was measured to do. */
export interface HostMachine {
  /** FLOP/s of matrix products by their shortest side, a product and its sum counted as two */
  readonly products: Curve;
  /** s of a node that adds or multiplies arrays, by the bytes that it reads and writes */
  readonly nodes: Curve;
}

/** s of an update, in parts that add up. */
export interface HostTime {
  readonly step: number;
  /** Of matrix products and convolutions, what computing takes. */
  readonly products: number;
  /** Of all nodes, what starting them, reading and writing takes. */
  readonly memory: number;
}

/** These change what a buffer is called, or are there already. */
const FREE = new Set(['input', 'constant', 'reshape', 'stopGradient']);
/** These read and write one number after another. */
const STREAMING = new Set(['add', 'sub', 'mul', 'neg', 'matmul', 'conv2d', 'scan']);
/**
 * Other nodes jump through memory, sum up or call functions. In onnxruntime 1.30's own profiles of trainings, less what
 * profiling takes, transposes move 5 GB/s, reductions 9, cuts 10, quotients 13 and joins 15 where sums move 26; in fused
 * and small ones that difference is lost. Twice is what fits the whole.
 */
const SLOWER = 2;

/** @param update of one device, as it is run */
export function hostTime(update: Program, machine: HostMachine): HostTime {
  const { products, memory } = timeOf(Object.values(update.outputs), machine);
  return { step: products + memory, products, memory };
}

function timeOf(outputs: readonly Tensor[], machine: HostMachine): Omit<HostTime, 'step'> {
  let [products, memory] = [0, 0];
  for (const node of order(outputs)) {
    if (FREE.has(node.op)) continue;
    if (is(node, 'scan')) {
      const { loop } = node.attributes;
      const once = timeOf(loop.outputs, machine);
      products += loop.steps * once.products;
      memory += loop.steps * once.memory;
    }
    let bytes = byteSize(node);
    for (const operand of node.inputs) bytes += byteSize(operand);
    const product = productOf(node);
    if (product) products += computing(product, machine);
    if (is(node, 'conv2d')) {
      // Its patches are written and read.
      const [image, kernel] = node.inputs;
      bytes += 2 * byteSize(image) * size(kernel.shape.slice(2));
    }
    memory += at(machine.nodes, bytes) * (STREAMING.has(node.op) ? 1 : SLOWER);
  }
  return { products, memory };
}

/** s */
function computing({ count, m, k, n }: Product, { products }: HostMachine): number {
  return (2 * count * m * k * n) / at(products, Math.min(m, k, n));
}

/** The curve at `x`: below its first point that point, beyond its last one as between the last two. */
function at(curve: Curve, x: number): number {
  const [first] = curve;
  if (!first) throw new Error('a machine without a measured rate; measure one at least');
  if (x <= first[0] || curve.length === 1) return first[1];
  const beyond = curve.findIndex(([there]) => x <= there);
  const next = beyond === -1 ? curve.length - 1 : beyond;
  const [[x0, y0], [x1, y1]] = [curve[next - 1]!, curve[next]!];
  return y0 * Math.pow(y1 / y0, Math.log(x / x0) / Math.log(x1 / x0));
}
