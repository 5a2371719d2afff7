/** The peak that utilisation is measured against: what this machine's onnxruntime multiplies at best. */
import { availableParallelism } from 'node:os';
import { powers, powersFeeds, timeRuns } from './timing.ts';

export interface GemmRate {
  /** GFLOP/s of the fastest size, a product and its sum counted as two. */
  readonly gflops: number;
  /** GFLOP/s of that size over all of its measurement: what other work on the machine leaves, where there is such. */
  readonly sustained: number;
  /** N of the fastest N x N product. */
  readonly size: number;
  readonly threads: number;
  /** GFLOP/s by N. */
  readonly bySize: Readonly<Record<number, number>>;
}

export interface GemmOptions {
  /** As many as there are cores by default. */
  readonly threads?: number;
  /** Seconds of measurement in all, about. */
  readonly seconds?: number;
  readonly sizes?: readonly number[];
}

/** FLOPs of one run, long enough that asking for it does not count. */
const FLOPS_A_RUN = 2e9;

/**
 * Measures f32 matrix products of several sizes and returns the best rate. The largest is cut into blocks of rows, as those of
 * a training step are (lowerings.ts).
 */
export async function bestGemm({
  threads = availableParallelism(),
  seconds = 0.8,
  sizes = [256, 384, 512, 768, 1024, 2048],
}: GemmOptions = {}): Promise<GemmRate> {
  const bySize: Record<number, number> = {};
  const means: Record<number, number> = {};
  for (const size of sizes) {
    const { fastest, mean } = await measure(size, threads, seconds / sizes.length);
    bySize[size] = fastest;
    means[size] = mean;
  }
  const best = sizes.reduce((a, b) => (bySize[b] > bySize[a] ? b : a));
  return { gflops: bySize[best], sustained: means[best], size: best, threads, bySize };
}

/** GFLOP/s of the fastest run and over all of them. */
async function measure(size: number, threads: number, seconds: number) {
  const products = Math.ceil(FLOPS_A_RUN / (2 * size ** 3));
  const { fastest, mean } = await timeRuns(
    powers(size, size, products),
    powersFeeds(size, size),
    threads,
    (_, passed) => passed < seconds,
  );
  const gigaflops = (products * 2 * size ** 3) / 1e9;
  return { fastest: gigaflops / fastest, mean: gigaflops / mean };
}
