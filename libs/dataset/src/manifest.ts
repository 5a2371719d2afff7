/** What a dataset says of itself: the attributes of its Zarr group, checked on opening. */
import { z } from 'zod';

/** What `datasets/<name>/spec.ts` holds: everything but the seed. */
export const datasetSpecSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Name of a scene definition of @orrery/scene. */
  scene: z.string(),
  /** Overrides of the scene definition's configuration. */
  sceneConfig: z.record(z.string(), z.unknown()).default({}),
  /** Recorded frames an episode (T). */
  frames: z.int().min(2),
  /** Episodes in each split; train comes first. */
  episodes: z.strictObject({ train: z.int().positive(), test: z.int().positive() }),
  /** Pixels. */
  width: z.int().min(8).max(512),
  height: z.int().min(8).max(512),
});
export type DatasetSpec = z.infer<typeof datasetSpecSchema>;

export const splitSchema = z.strictObject({ start: z.int().min(0), count: z.int().positive() });

export const manifestSchema = z.strictObject({
  format: z.literal('orrery.dataset'),
  version: z.literal(1),
  size: z.string(),
  spec: datasetSpecSchema,
  seed: z.int().min(0),
  /** Version of @orrery/dataset's generator; it changes when the same spec and seed would give other data. */
  generator: z.string(),
  /** Seconds between frames. */
  dt: z.number().positive(),
  units: z.record(z.string(), z.string()),
  /** Names of the bodies, in the order of the body axis of the state arrays. */
  bodies: z.array(z.string()),
  splits: z.record(z.string(), splitSchema),
  /** SHA-256 (hex) over the uncompressed content of each array, and over those digests in the arrays' order. */
  checksums: z.strictObject({ arrays: z.record(z.string(), z.string()), dataset: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;
