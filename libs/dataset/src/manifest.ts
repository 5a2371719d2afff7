/** What a dataset says of itself: the attributes of its Zarr group, checked on opening. */
import { z } from 'zod';

/** Pictures that may be drawn of each frame; each is an array of that name. */
export const pictures = ['rgb', 'depth', 'segmentation', 'flow'] as const;
export type Picture = (typeof pictures)[number];

/** What `datasets/<name>/spec.ts` holds: everything but the seed. */
export const datasetSpecSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  /** Name of a scene definition of @orrery/scene. */
  scene: z.string(),
  /** Overrides of the scene definition's configuration. */
  sceneConfig: z.record(z.string(), z.unknown()).default({}),
  /** Recorded frames an episode (T). */
  frames: z.int().min(2),
  /** Episodes of each split, which come in this order. */
  episodes: z.strictObject({
    train: z.int().positive(),
    test: z.int().positive(),
    /** Of each split `ood-<factor>`, one a factor of the scene, which is drawn from its shifted range there. */
    shifted: z.int().min(0).default(0),
    /** Pairs of each split `pairs-<variant>`, one a variant of the scene: possible, impossible, possible, ... */
    pairs: z.int().min(0).default(0),
  }),
  /** Pixels. */
  width: z.int().min(8).max(512),
  height: z.int().min(8).max(512),
  /** Which pictures are stored. */
  pictures: z
    .array(z.enum(pictures))
    .refine((names) => new Set(names).size === names.length, 'a picture is named twice; name each once')
    .default(['rgb', 'depth', 'segmentation']),
  /** The view of the scene (a name in its `views`) that frames are drawn from; its `camera` unless given. */
  camera: z.string().optional(),
  /**
   * Who acts in a scene with actuators: its scripted policy, its random one, or either of them by the toss of each
   * episode's coin, which is what happens unless given.
   */
  policy: z.enum(['scripted', 'random', 'mixed']).optional(),
});
export type DatasetSpec = z.infer<typeof datasetSpecSchema>;

export const splitSchema = z.strictObject({
  /** Its first episode. */
  start: z.int().min(0),
  /** Its number of episodes. */
  count: z.int().positive(),
  /** The factor that is drawn from its shifted range. */
  factor: z.string().optional(),
  /** The variant of the impossible member of each pair, which is the odd one counted from `start`. */
  variant: z.string().optional(),
});
export type Split = z.infer<typeof splitSchema>;

const row3 = z.tuple([z.number(), z.number(), z.number()]);
const row4 = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/**
 * A camera as computer vision writes it: camera coordinates are metres, x to the right, y down, z along the viewing
 * direction; the centre of the picture's first pixel is at (0.5, 0.5).
 */
export const cameraModelSchema = z.strictObject({
  kind: z.enum(['perspective', 'orthographic']),
  /** [3, 3] K: pixel (u, v, 1) = K (x/z, y/z, 1) in perspective, K (x, y, 1) in orthographic projection. */
  intrinsics: z.tuple([row3, row3, row3]),
  /** [4, 4] from camera to world coordinates, m. */
  pose: z.tuple([row4, row4, row4, row4]),
});
export type CameraModel = z.infer<typeof cameraModelSchema>;

const range = z.tuple([z.number(), z.number()]);

export const manifestSchema = z.strictObject({
  format: z.literal('orrery.dataset'),
  version: z.literal(2),
  size: z.string(),
  spec: datasetSpecSchema,
  seed: z.int().min(0),
  /** Version of @orrery/dataset's generator; it changes when the same spec and seed would give other data. */
  generator: z.string(),
  /** Seconds between frames. */
  dt: z.number().positive(),
  /** Units by the names of the arrays. */
  units: z.record(z.string(), z.string()),
  /** Names of the bodies, in the order of the body axis of the state arrays. */
  bodies: z.array(z.string()),
  /**
   * What the components of `action` mean, in their order: 1 is `limit` of `unit`, -1 its opposite. A limit that differs
   * from episode to episode is null: each scene in episodes.jsonl has its own.
   */
  actions: z.array(
    z.strictObject({ name: z.string(), kind: z.string(), unit: z.string(), limit: z.number().nullable() }),
  ),
  /** The camera of all episodes; null where it differs between them: each line of episodes.jsonl has its own. */
  camera: cameraModelSchema.nullable(),
  /** What varies from episode to episode: the range it is drawn from, and that of its out-of-distribution split. */
  factors: z.record(
    z.string(),
    z.strictObject({ unit: z.string(), description: z.string(), range, shifted: range }),
  ),
  splits: z.record(z.string(), splitSchema),
  checksums: z.strictObject({
    /** SHA-256 (hex) over the uncompressed content of each array, and of the scenes. */
    arrays: z.record(z.string(), z.string()),
    /** Over those digests in their order: the identity of the dataset's content. */
    dataset: z.string(),
    /** Of the bytes of episodes.jsonl and of each array's zarr.json, by their paths. */
    files: z.record(z.string(), z.string()),
    /** Of the JSON of this manifest without `checksums`. */
    manifest: z.string(),
  }),
});
export type Manifest = z.infer<typeof manifestSchema>;
