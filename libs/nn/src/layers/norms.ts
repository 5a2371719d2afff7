/** Normalisation layers: statistics of each example alone. */
import { add, div, mean, mul, reshape, sqrt, square, sub, type Tensor, modelError } from '@orrery/graph';
import { ones, zeros } from '../initialisers.ts';
import { expectShape } from './expect-shape.ts';
import { defineLayer, type Layer } from './layer.ts';

export interface NormOptions {
  /** Size of the axis that has a scale and a shift of its own. */
  readonly features: number;
  /** Added to the variance, 1e-5 by default. */
  readonly epsilon?: number;
}

/**
 * Over the last axis of [..., features]: Ba, Kiros and Hinton (2016), equation 3. `<name>.scale`, `<name>.bias` [features].
 */
export function layerNorm(name: string, { features, epsilon = 1e-5 }: NormOptions): Layer {
  const { scale, bias, parameters } = scaleAndBias(name, features);
  return defineLayer(parameters, (given, x) => {
    expectShape(`layerNorm "${name}"`, 'x', x, ['...', features], 'change "features" or x');
    return add(mul(standardised(x, [-1], epsilon), given[scale]), given[bias]);
  });
}

/** x / sqrt(mean(x^2) + epsilon), scaled: Zhang and Sennrich (2019), equation 4. `<name>.scale` [features]. */
export function rmsNorm(name: string, { features, epsilon = 1e-5 }: NormOptions): Layer {
  const scale = `${name}.scale`;
  return defineLayer({ [scale]: { shape: [features], initialiser: ones } }, (given, x) => {
    expectShape(`rmsNorm "${name}"`, 'x', x, ['...', features], 'change "features" or x');
    const rms = sqrt(add(mean(square(x), -1, { keepDims: true }), epsilon));
    return mul(div(x, rms), given[scale]);
  });
}

/**
 * Over groups of neighbouring channels and all positions of [B, features, H, W]: Wu and He (2018), equations 1 and 7.
 * `<name>.scale`, `<name>.bias` [features].
 */
export function groupNorm(
  name: string,
  { features, groups, epsilon = 1e-5 }: NormOptions & { readonly groups: number },
): Layer {
  if (!Number.isInteger(features / groups)) {
    throw modelError(
      `groupNorm "${name}": ${groups} groups do not divide ${features} features; choose a divisor`,
    );
  }
  const { scale, bias, parameters } = scaleAndBias(name, features);
  return defineLayer(parameters, (given, x) => {
    expectShape(`groupNorm "${name}"`, 'x', x, ['B', features, 'H', 'W'], 'change "features" or x');
    const grouped = reshape(x, [x.shape[0], groups, -1]);
    const normal = reshape(standardised(grouped, [-1], epsilon), x.shape);
    const alongChannels = (parameter: string) => reshape(given[parameter], [features, 1, 1]);
    return add(mul(normal, alongChannels(scale)), alongChannels(bias));
  });
}

/** What a norm over `features` learns. */
export function scaleAndBias(name: string, features: number) {
  const scale = `${name}.scale`;
  const bias = `${name}.bias`;
  return {
    scale,
    bias,
    parameters: {
      [scale]: { shape: [features], initialiser: ones },
      [bias]: { shape: [features], initialiser: zeros },
    },
  };
}

/** (x - mean) / sqrt(variance + epsilon), with the statistics over `axes`. */
export function standardised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centred = sub(x, mean(x, axes, { keepDims: true }));
  const variance = mean(square(centred), axes, { keepDims: true });
  return div(centred, sqrt(add(variance, epsilon)));
}
