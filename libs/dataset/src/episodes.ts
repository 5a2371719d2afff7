/** `episodes.jsonl` beside the arrays: one line an episode, with its scene and the checksums of its content. */
import { sceneSchema } from '@orrery/scene';
import { z } from 'zod';
import { cameraModelSchema } from './manifest.ts';

export const EPISODES_FILE = 'episodes.jsonl';

const word = z.int().min(0).max(0xffffffff);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const episodeRecordSchema = z.strictObject({
  episode: z.int().min(0),
  split: z.string(),
  /** The factor that was drawn from its shifted range, in splits `ood-<factor>`. */
  factor: z.string().optional(),
  /** The number of its pair, in splits `pairs-<variant>`: both members are drawn with the same key. */
  pair: z.int().min(0).optional(),
  /** What makes the second member of a pair impossible. */
  variant: z.string().optional(),
  /**
   * The Threefry key that the episode is drawn with: `fold_in(PRNGKey(seed), episode)`, with the episode of the first
   * member for both of a pair. With the dataset's `spec` it makes this one episode again. Generators before 3 left it out.
   */
  key: z.tuple([word, word]).optional(),
  /** Who acted, in scenes with actuators. */
  policy: z.enum(['scripted', 'random']).optional(),
  camera: cameraModelSchema,
  /** Its `camera` is the one that frames are drawn from. */
  scene: sceneSchema,
  /** SHA-256 (hex) of the episode's part of each array, little-endian and uncompressed, and of the scene's JSON. */
  sha256: z.record(z.string(), sha256),
});
export type EpisodeRecord = z.infer<typeof episodeRecordSchema>;
