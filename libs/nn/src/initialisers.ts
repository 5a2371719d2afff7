/** How parameters start. Fans follow the layouts of this library: linear [I, O], convolution [O, C, kH, kW]. */
import {
  normal as standardNormal,
  split,
  truncatedNormal as standardTruncatedNormal,
  uniform as uniformBetween,
  type Key,
} from '@orrery/random';
import { formatShape, size, type Shape } from '@orrery/graph';

/** @returns size(shape) values, row-major; the same for the same key */
export type Initialiser = (key: Key, shape: Shape) => Float32Array;

export function constantly(value: number): Initialiser {
  return (_key, shape) => new Float32Array(size(shape)).fill(value);
}

export const zeros: Initialiser = constantly(0);
export const ones: Initialiser = constantly(1);

/** Gaussian with mean 0. */
export function normal(standardDeviation: number): Initialiser {
  return (key, shape) => standardNormal(key, size(shape)).map((z) => z * standardDeviation);
}

/** Gaussian with mean 0, cut off at two deviations on either side; the deviation is that of the whole Gaussian. */
export function truncatedNormal(standardDeviation: number): Initialiser {
  return (key, shape) => standardTruncatedNormal(key, size(shape)).map((z) => z * standardDeviation);
}

/** Even between -limit and limit. */
export function uniform(limit: number): Initialiser {
  return (key, shape) => uniformBetween(key, size(shape), -limit, limit);
}

/** Variance 2 / fanIn, for layers before a ReLU or SiLU: He et al. (2015), equation 10. */
export const heNormal: Initialiser = scaled(normal, 2, ({ fanIn }) => fanIn);
/** Variance 1 / fanIn: LeCun et al. (1998), section 4.6. */
export const lecunNormal: Initialiser = scaled(normal, 1, ({ fanIn }) => fanIn);
/** Variance 2 / (fanIn + fanOut): Glorot and Bengio (2010), equation 12. */
export const glorotNormal: Initialiser = scaled(normal, 1, ({ fanIn, fanOut }) => (fanIn + fanOut) / 2);

// The same variances, spread evenly: a uniform one over [-limit, limit] has variance limit^2 / 3.
const even = (standardDeviation: number) => uniform(Math.sqrt(3) * standardDeviation);
export const heUniform: Initialiser = scaled(even, 2, ({ fanIn }) => fanIn);
export const lecunUniform: Initialiser = scaled(even, 1, ({ fanIn }) => fanIn);
/** Glorot and Bengio (2010), equation 16. */
export const glorotUniform: Initialiser = scaled(even, 1, ({ fanIn, fanOut }) => (fanIn + fanOut) / 2);

function scaled(
  distribution: (standardDeviation: number) => Initialiser,
  variance: number,
  fan: (fans: Fans) => number,
): Initialiser {
  return (key, shape) => distribution(Math.sqrt(variance / fan(fans(shape))))(key, shape);
}

/** Each of `count` equal parts of the last axis drawn by itself: for several kernels [I, O] that are applied as one. */
export function blocks(count: number, initialiser: Initialiser): Initialiser {
  return (key, shape) => {
    const width = shape[shape.length - 1] / count;
    if (!Number.isInteger(width)) {
      throw new Error(`blocks: the last axis of ${formatShape(shape)} is no multiple of ${count}; change it`);
    }
    const keys = split(key, count);
    const parts = keys.map((own) => initialiser(own, [...shape.slice(0, -1), width]));
    return Float32Array.from({ length: size(shape) }, (_, i) => {
      const column = i % (width * count);
      const row = Math.floor(i / (width * count));
      return parts[Math.floor(column / width)][row * width + (column % width)];
    });
  };
}

export interface Fans {
  /** Inputs that one output sums over. */
  readonly fanIn: number;
  /** Outputs that one input reaches. */
  readonly fanOut: number;
}

/** @throws for a shape that is neither linear's nor convolution's */
export function fans(shape: Shape): Fans {
  if (shape.length === 2) return { fanIn: shape[0], fanOut: shape[1] };
  if (shape.length === 4) {
    const [outputs, channels, height, width] = shape;
    return { fanIn: channels * height * width, fanOut: outputs * height * width };
  }
  throw new Error(
    `fans: ${formatShape(shape)} is neither [inputs, outputs] nor [outputs, channels, height, width]; use normal(standardDeviation)`,
  );
}
