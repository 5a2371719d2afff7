/** `episodes.jsonl` beside the arrays: one line an episode, with its scene and the checksums of its content. */
import { sceneSchema } from '@orrery/scene';
import { z } from 'zod';

export const EPISODES_FILE = 'episodes.jsonl';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const episodeRecordSchema = z.strictObject({
  episode: z.int().min(0),
  split: z.string(),
  scene: sceneSchema,
  /** SHA-256 (hex) of the episode's part of each array, little-endian and uncompressed, and of the scene's JSON. */
  sha256: z.record(z.string(), sha256),
});
export type EpisodeRecord = z.infer<typeof episodeRecordSchema>;
