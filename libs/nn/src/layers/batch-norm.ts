/** Batch normalisation: statistics of the batch while training, running ones afterwards. */
import {
  add,
  div,
  mean,
  mul,
  reshape,
  size,
  sqrt,
  square,
  sub,
  type Tensor,
  modelError,
} from '@orrery/graph';
import { ones, zeros } from '../initialisers.ts';
import type { Parameters, ParameterSpecs } from '../parameters.ts';
import { expectShape } from './expect-shape.ts';
import { defineLayer, type Layer } from './layer.ts';
import { scaleAndBias, type NormOptions } from './norms.ts';

export interface BatchNormOptions extends NormOptions {
  /** Fraction of the running statistics that each batch replaces, 0.1 by default. */
  readonly momentum?: number;
}

/** Called as it is, it normalises by the running statistics; `train` does by the batch's own. */
export interface BatchNorm extends Layer {
  /**
   * @returns y, and the next running statistics under their parameters' names: a model's loss hands them on as
   * `statistics`, and they take the place of the present ones after the update
   */
  train(parameters: Parameters, x: Tensor): { readonly y: Tensor; readonly statistics: Parameters };
}

/**
 * Over the batch and all positions of [B, features, H, W], or over all leading axes of [..., features]: Ioffe and Szegedy
 * (2015), algorithms 1 and 2. `<name>.scale`, `<name>.bias` [features] are learned; `<name>.mean`, `<name>.variance`
 * [features] are statistics, the variance corrected for the size of the batch as in step 10 of algorithm 2 and in PyTorch.
 * @param options.axis of the features: 1 for images, the default, or -1
 */
export function batchNorm(
  name: string,
  { features, epsilon = 1e-5, momentum = 0.1, axis = 1 }: BatchNormOptions & { readonly axis?: 1 | -1 },
): BatchNorm {
  const { scale, bias, parameters } = scaleAndBias(name, features);
  const runningMean = `${name}.mean`;
  const runningVariance = `${name}.variance`;
  const specs: ParameterSpecs = {
    ...parameters,
    [runningMean]: { shape: [features], initialiser: zeros, learned: false },
    [runningVariance]: { shape: [features], initialiser: ones, learned: false },
  };
  const along = (x: Tensor) => (axis === 1 ? reshape(x, [features, 1, 1]) : x);
  const check = (x: Tensor) => {
    const wanted = axis === 1 ? ['B', features, 'H', 'W'] : ['...', features];
    expectShape(`batchNorm "${name}"`, 'x', x, wanted, 'change "features", "axis" or x');
  };
  const normalised = (given: Parameters, x: Tensor, centre: Tensor, variance: Tensor) => {
    const unit = div(sub(x, along(centre)), along(sqrt(add(variance, epsilon))));
    return add(mul(unit, along(given[scale])), along(given[bias]));
  };

  const inference = defineLayer(specs, (given, x) => {
    check(x);
    return normalised(given, x, given[runningMean], given[runningVariance]);
  });
  const train = defineLayer(specs, (given, x: Tensor) => {
    check(x);
    const axes = axis === 1 ? [0, 2, 3] : x.shape.slice(0, -1).map((_, i) => i);
    const count = size(x.shape) / features;
    if (count < 2) {
      throw modelError(
        `batchNorm "${name}": x [${x.shape.join(', ')}] has one value a feature, which has no variance; enlarge the batch`,
      );
    }
    const centre = mean(x, axes); // [features]
    const variance = mean(square(sub(x, along(centre))), axes); // [features]
    const next = (running: Tensor, now: Tensor) => add(mul(running, 1 - momentum), mul(now, momentum));
    return {
      y: normalised(given, x, centre, variance),
      statistics: {
        [runningMean]: next(given[runningMean], centre),
        [runningVariance]: next(given[runningVariance], mul(variance, count / (count - 1))),
      },
    };
  });
  return Object.assign(inference, { train });
}
