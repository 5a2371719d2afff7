/** How parameters start. Fans follow the layouts of this library: linear [I, O], convolution [O, C, kH, kW]. */
import { normal as standardNormal, type Key } from '@orrery/random';
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

/** Variance 2 / fanIn, for layers before a ReLU or SiLU: He et al. (2015), equation 10. */
export const heNormal: Initialiser = scaled(2, ({ fanIn }) => fanIn);
/** Variance 1 / fanIn: LeCun et al. (1998), section 4.6. */
export const lecunNormal: Initialiser = scaled(1, ({ fanIn }) => fanIn);
/** Variance 2 / (fanIn + fanOut): Glorot and Bengio (2010), equation 12. */
export const glorotNormal: Initialiser = scaled(1, ({ fanIn, fanOut }) => (fanIn + fanOut) / 2);

function scaled(variance: number, fan: (fans: Fans) => number): Initialiser {
  return (key, shape) => normal(Math.sqrt(variance / fan(fans(shape))))(key, shape);
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
