/** What the JavaScript peers and we train: a perceptron 256-512-512-256 on 256 examples a step, by plain gradient descent. */
export const WIDTHS = [256, 512, 512, 256] as const;
export const EXAMPLES = 256;
export const LEARNING_RATE = 0.05;
/** Of which the losses are compared. */
export const CHECKED_STEPS = 5;

export interface PeerOutcome {
  readonly version: string;
  /** ms of the fastest step */
  readonly milliseconds: number;
  /** Of the first steps. */
  readonly losses: readonly number[];
}

/** Irregular values in [-scale, scale), the same everywhere. */
function values(count: number, seed: number, scale: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, i) => scale * ((((i + 1) * (7919 + 62 * seed)) % 10_007) / 5003.5 - 1),
  );
}

export interface MlpProblem {
  /** Kernel [inputs, outputs] and bias [outputs] of each layer. */
  readonly layers: readonly {
    readonly inputs: number;
    readonly outputs: number;
    readonly kernel: Float32Array<ArrayBuffer>;
    readonly bias: Float32Array<ArrayBuffer>;
  }[];
  /** [EXAMPLES, WIDTHS[0]] */
  readonly x: Float32Array<ArrayBuffer>;
  /** [EXAMPLES, WIDTHS.at(-1)] */
  readonly y: Float32Array<ArrayBuffer>;
}

export function mlpProblem(): MlpProblem {
  const layers = WIDTHS.slice(1).map((outputs, i) => {
    const inputs = WIDTHS[i]!;
    const kernel = values(inputs * outputs, i, Math.sqrt(6 / inputs));
    return { inputs, outputs, kernel, bias: new Float32Array(outputs) };
  });
  return {
    layers,
    x: values(EXAMPLES * WIDTHS[0], 11, 1),
    y: values(EXAMPLES * WIDTHS.at(-1)!, 12, 1),
  };
}

/** FLOPs of the matrix products of a step: forward, and backward to the kernels and to all inputs but the first. */
export const MLP_FLOPS = WIDTHS.slice(1).reduce(
  (sum, outputs, i) => sum + 2 * EXAMPLES * WIDTHS[i]! * outputs * (i === 0 ? 2 : 3),
  0,
);

/** Runs `step` for about `seconds`, and returns the time of the fastest. */
export async function fastest(step: () => Promise<void> | void, seconds: number): Promise<number> {
  let best = Infinity;
  const start = performance.now();
  do {
    const before = performance.now();
    await step();
    best = Math.min(best, performance.now() - before);
  } while (performance.now() - start < 1000 * seconds);
  return best;
}
