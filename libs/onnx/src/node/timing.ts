/** What the measurements of this machine share: chains of products, and runs that are timed. */
import { input, matmul, program, slice, type Program, type Tensor } from '@orrery/graph';
import type { SessionFeeds } from '../session.ts';
import { createSession } from './create-session.ts';

/** a b b ... b of a [rows, width] and b [width, width]; one element comes back, as copying results is no multiplication. */
export function powers(rows: number, width: number, count: number): Program {
  const a = input('a', [rows, width]);
  const b = input('b', [width, width]);
  let product: Tensor = a;
  for (let i = 0; i < count; i++) product = matmul(product, b);
  return program({ corner: slice(product, [0, 0], [1, 1]) }, [a, b]);
}

/** What `powers` takes such that each product is `a` again: nothing overflows or vanishes. */
export const powersFeeds = (rows: number, width: number) => ({
  a: new Float32Array(rows * width).fill(1),
  b: new Float32Array(width * width).fill(1 / width),
});

export interface Timed {
  /** s of the fastest run */
  readonly fastest: number;
  /** s of a run on average, with what lies between runs */
  readonly mean: number;
}

/**
 * Runs once, and then times runs, one at least.
 * @param goesOn after so many runs and seconds
 */
export async function timeRuns(
  measured: Program,
  feeds: SessionFeeds,
  threads: number,
  goesOn: (runs: number, seconds: number) => boolean,
): Promise<Timed> {
  const session = await createSession(measured, { threads });
  try {
    await session.run(feeds);
    let fastest = Infinity;
    let runs = 0;
    const start = performance.now();
    do {
      const before = performance.now();
      await session.run(feeds);
      fastest = Math.min(fastest, (performance.now() - before) / 1000);
      runs++;
    } while (goesOn(runs, (performance.now() - start) / 1000));
    return { fastest, mean: (performance.now() - start) / 1000 / runs };
  } finally {
    await session.close();
  }
}
