/** What one device must do for one update, read from the graph: the demand side of a roofline. */
import {
  byteSize,
  cost,
  donatedInputs,
  donatedPeak,
  is,
  order,
  withPrecision,
  type Precision,
  type Tensor,
} from '@orrery/graph';
import type { Workload } from '../workload/workload.ts';
import { productOf, type Product } from './products.ts';

/** Sides to which a matrix engine rounds a product [M, K] x [K, N] up. */
export interface Tile {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export interface Demand {
  readonly precision: Precision;
  /** FLOPs of matrix products and convolutions of the loss and its gradient: what MFU counts. */
  readonly modelFlops: number;
  /** Of all matrix products of the update, the optimizer's own too. */
  readonly matrixFlops: number;
  /** The same when each product is rounded up to whole tiles. */
  tiledFlops(tile: Tile): number;
  /** Bytes when every node reads and writes memory: what a compiler that fuses nothing moves. */
  readonly unfusedBytes: number;
  /** Bytes of what is fed, returned, and read and written by products: what one that fuses everything else moves. */
  readonly fusedBytes: number;
  /** Bytes: parameters, what the optimizer remembers, the average; as many are returned. */
  readonly stateBytes: number;
  /** Bytes alive at one time, the state among them, which is donated: as a bundle's `flops.json` counts them. */
  readonly peakBytes: number;
  /** Bytes of the gradients, which devices with other clips add up. */
  readonly gradientBytes: number;
  /** Frames that an update learns from. */
  readonly frames: number;
}

/** @param batch clips of an update */
export function demandOf(load: Workload, batch: number, precision: Precision): Demand {
  const program = withPrecision(load.train, precision);
  const outputs = Object.values(program.outputs);
  const { bytes, matrixFlops } = cost(program);
  const products = productsIn(outputs, 1);
  const state = donatedInputs(program);
  const stateBytes = sum(state.map(byteSize));
  const given = sum(program.inputs.map(byteSize));
  const returned = sum(outputs.map(byteSize));
  return {
    ...{ precision, modelFlops: load.modelFlops, matrixFlops, unfusedBytes: bytes, stateBytes },
    tiledFlops: (tile) => sum(products.map((product) => tiled(product, tile))),
    fusedBytes: given + returned + sum(products.map((product) => product.bytes)),
    peakBytes: donatedPeak(program),
    gradientBytes: sum(
      state.filter(({ attributes: { name } }) => name.startsWith('parameters/')).map(byteSize),
    ),
    frames: batch * load.model.clipFrames,
  };
}

interface WeighedProduct extends Product {
  readonly bytes: number;
}

function productsIn(outputs: readonly Tensor[], times: number): WeighedProduct[] {
  return order(outputs).flatMap((node) => {
    if (is(node, 'scan')) return productsIn(node.attributes.loop.outputs, times * node.attributes.loop.steps);
    const product = productOf(node);
    if (!product) return [];
    const bytes = times * (sum(node.inputs.map(byteSize)) + byteSize(node));
    return [{ ...product, count: times * product.count, bytes }];
  });
}

/** Either factor may stay in the engine: the cheaper way round counts. */
function tiled({ count, m, k, n }: Product, tile: Tile): number {
  const up = (length: number, side: number) => Math.ceil(length / side) * side;
  const one = up(m, tile.m) * up(n, tile.n);
  const other = up(n, tile.m) * up(m, tile.n);
  return 2 * count * up(k, tile.k) * Math.min(one, other);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
