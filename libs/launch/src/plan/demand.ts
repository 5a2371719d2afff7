/** What one device must do for one update, read from the graph: the demand side of a roofline. */
import {
  byteSize,
  cost,
  donatedInputs,
  donatedPeak,
  is,
  order,
  size,
  withPrecision,
  type Precision,
  type Tensor,
} from '@orrery/graph';
import type { Workload } from '../workload/workload.ts';

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

interface Product {
  readonly count: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly bytes: number;
}

function productsIn(outputs: readonly Tensor[], times: number): Product[] {
  return order(outputs).flatMap((node) => {
    if (is(node, 'scan')) return productsIn(node.attributes.loop.outputs, times * node.attributes.loop.steps);
    if (!is(node, 'matmul') && !is(node, 'conv2d')) return [];
    const bytes = times * (sum(node.inputs.map(byteSize)) + byteSize(node));
    if (is(node, 'conv2d')) {
      // As a product of patches: [B H' W', C kH kW] x [C kH kW, O].
      const [batch, channels, height, width] = node.shape;
      const k = size(node.inputs[1].shape.slice(1));
      return [{ count: times, m: batch * height * width, k, n: channels, bytes }];
    }
    const [m, n] = node.shape.slice(-2);
    return [{ count: times * size(node.shape.slice(0, -2)), m, k: node.inputs[0].shape.at(-1)!, n, bytes }];
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
