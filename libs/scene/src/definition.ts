import { randomIntegers, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import type { Policy } from './policy.ts';
import type { Scene } from './scene.ts';

/** [low, high]; a draw is uniform in it. */
export type Range = readonly [number, number];

/** A factor of variation: something that differs from episode to episode, and may be drawn from elsewhere for a test. */
export interface Factor {
  readonly unit: string;
  readonly description: string;
}

/**
 * A configuration with a range by the name of each factor, from which it is drawn, and other ranges in `shifts`, from
 * which the out-of-distribution split of that factor draws it.
 */
export interface SceneConfig {
  readonly shifts: Readonly<Record<string, Range>>;
}

/** A kind of scene: what can vary in it, and how one is drawn from a key. */
export interface SceneDefinition<Config extends SceneConfig = SceneConfig> {
  readonly name: string;
  /** One line for `--help` and datasheets. */
  readonly description: string;
  /** Configuration with a default for each field; datasets override fields by name. */
  readonly config: z.ZodType<Config>;
  /** By name: each names a range in the configuration and one in its `shifts`. */
  readonly factors: Readonly<Record<string, Factor>>;
  /**
   * Names of violations of which each makes matched pairs: the same key without the variant gives the possible scene,
   * with it the impossible one.
   */
  readonly variants?: readonly string[];
  /** For scenes with actuators: who acts, one that pursues the scene's aim and one at random. */
  readonly policies?: { readonly scripted: Policy; readonly random: Policy };
  /**
   * Draws one scene. The same key, configuration and variant give the same scene on any machine.
   * @throws where the configuration cannot be met
   */
  sample(key: Key, config: Config, variant?: string): Scene;
}

/** A range with its default. @param least, most the values that make sense */
export const rangeSchema = (low: number, high: number, least = -Infinity, most = Infinity) =>
  z
    .tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
    .refine(([a, b]) => a <= b, 'the range must be [low, high] with low <= high')
    .default([low, high]);

/** A range of whole numbers, both ends included, with its default. @param least, most the values that make sense */
export const countRangeSchema = (low: number, high: number, least: number, most: number) =>
  z
    .tuple([z.int().min(least).max(most), z.int().min(least).max(most)])
    .refine(([a, b]) => a <= b, 'the range must be [low, high] with low <= high')
    .default([low, high]);

/** What each configuration says of time. @param dt s between frames @param substeps physics steps in one frame */
export const timing = (dt: number, substeps: number) => ({
  dt: z.number().positive().default(dt),
  substeps: z.int().positive().default(substeps),
});

/** One uniform draw; a range of one value gives just that, which a float32 may not hold. */
export const drawFrom = (key: Key, [low, high]: Range): number =>
  low === high ? low : uniformScalar(key, low, high);

/** One draw of a whole number, both ends included. */
export const drawCount = (key: Key, [low, high]: Range): number => randomIntegers(key, 1, low, high + 1)[0]!;

/**
 * The configuration whose scenes draw `factor` from outside its range.
 * @throws where the definition has no such factor
 */
export function shiftConfig<Config extends SceneConfig>(
  definition: SceneDefinition<Config>,
  config: Config,
  factor: string,
): Config {
  const range = config.shifts[factor];
  if (!Object.hasOwn(definition.factors, factor) || range === undefined)
    throw new Error(
      `scene "${definition.name}": no factor "${factor}"; it has ${Object.keys(definition.factors).join(', ')}`,
    );
  return { ...config, [factor]: range };
}
