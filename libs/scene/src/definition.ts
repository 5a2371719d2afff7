import type { Key } from '@orrery/random';
import type { z } from 'zod';
import type { Scene } from './scene.ts';

/** A kind of scene: what can vary in it, and how one is drawn from a key. */
export interface SceneDefinition<Config = unknown> {
  readonly name: string;
  /** One line for `--help` and datasheets. */
  readonly description: string;
  /** Configuration with a default for each field; datasets override fields by name. */
  readonly config: z.ZodType<Config>;
  /** Draws one scene. The same key and configuration give the same scene on any machine. */
  sample(key: Key, config: Config): Scene;
}
