/** What onnxruntime reaches on this machine's CPU: products of several widths, element-wise nodes of several sizes. */
import { availableParallelism } from 'node:os';
import { add, input, mul, program, slice, type Program, type Tensor } from '@orrery/graph';
import type { SessionFeeds } from '../session.ts';
import { powers, powersFeeds, timeRuns } from './timing.ts';

/** [x, y], of growing x */
export type Curve = readonly (readonly [number, number])[];

export interface HostRates {
  /**
   * FLOP/s by width: of products [2048, width] x [width, width], a product and its sum counted as two. A wider one reaches
   * at least what a narrower one does, as it can be cut.
   */
  readonly products: Curve;
  /** s of a node by the bytes that it reads and writes. */
  readonly nodes: Curve;
}

export interface HostRateOptions {
  /** As many as there are cores by default. */
  readonly threads?: number;
  readonly widths?: readonly number[];
  /** Numbers of an array. */
  readonly lengths?: readonly number[];
}

const ROWS = 2048;
/** FLOPs of one run, long enough that asking for it does not count. */
const FLOPS_A_RUN = 1e9;
const MOST_PRODUCTS = 200;
/** Nodes of one run, half of which keep their results for the other half. */
const NODES = 128;
/** Bytes of what is kept at most. */
const KEPT = 2 ** 28;
/** Runs, of which the fastest counts. */
const RUNS = 10;

/** Takes some seconds. */
export async function hostRates({
  threads = availableParallelism(),
  widths = [8, 16, 32, 64, 128, 256, 512, 1024],
  lengths = [2 ** 8, 2 ** 11, 2 ** 13, 2 ** 15, 2 ** 17, 2 ** 19, 2 ** 21, 2 ** 23],
}: HostRateOptions = {}): Promise<HostRates> {
  const products: [number, number][] = [];
  for (const width of widths) {
    const flops = 2 * ROWS * width * width;
    const count = Math.min(Math.ceil(FLOPS_A_RUN / flops), MOST_PRODUCTS);
    const seconds = await fastest(powers(ROWS, width, count), powersFeeds(ROWS, width), threads);
    const rate = (count * flops) / seconds;
    products.push([width, Math.max(rate, products.at(-1)?.[1] ?? 0)]);
  }
  const nodes: [number, number][] = [];
  for (const length of lengths) {
    const half = Math.max(4, Math.min(NODES / 2, Math.floor(KEPT / (4 * length))));
    const feeds = { a: new Float32Array(length).fill(0.5) };
    const seconds = await fastest(thereAndBack(length, half), feeds, threads);
    nodes.push([3 * 4 * length, seconds / (2 * half)]);
  }
  return { products, nodes };
}

/** s of the fastest run */
async function fastest(measured: Program, feeds: SessionFeeds, threads: number): Promise<number> {
  return (await timeRuns(measured, feeds, threads, (runs) => runs < RUNS)).fastest;
}

/** As in training: results are kept on the way there, and read again, the latest first, on the way back. */
function thereAndBack(length: number, half: number): Program {
  const a = input('a', [length]);
  const op = (i: number) => (i % 2 === 0 ? mul : add);
  const kept: Tensor[] = [a];
  for (let i = 0; i < half; i++) kept.push(op(i)(kept[i]!, a));
  let back: Tensor = kept[half]!;
  for (let i = half - 1; i >= 0; i--) back = op(i)(back, kept[i]!);
  return program({ corner: slice(back, [0], [1]) }, [a]);
}
