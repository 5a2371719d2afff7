/** The noise that a model declares: inputs of its graphs, and what the host draws for them from keys that count. */
import { input, size, type Tensor } from '@orrery/graph';
import type { NoiseSpecs } from '@orrery/models';
import { foldIn, normal, uniform, type Key } from '@orrery/random';

/** Of the input for a noise of the model. */
export function noiseName(name: string): string {
  return `noise/${name}`;
}

/** By the model's own names: `noise/<name>` f32 [batch, ...shape]. */
export function noiseInputs(specs: NoiseSpecs = {}, batch: number): Record<string, Tensor<'input'>> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, input(noiseName(name), [batch, ...shape])]),
  );
}

/**
 * Draws of `clips` clips from each key, behind each other: what a key gives does not depend on the others.
 * @returns `noise/<name>` f32 [keys.length * clips, ...shape]
 */
export function drawNoise(
  specs: NoiseSpecs = {},
  keys: readonly Key[],
  clips: number,
): Record<string, Float32Array> {
  const drawn = Object.entries(specs).map(([name, { shape, distribution }], index) => {
    const draw = distribution === 'normal' ? normal : uniform;
    const count = clips * size(shape);
    const values = new Float32Array(keys.length * count);
    keys.forEach((key, i) => values.set(draw(foldIn(key, index), count), i * count));
    return [noiseName(name), values] as const;
  });
  return Object.fromEntries(drawn);
}
