/** Rollouts of predictors beside the ground truth, as `orrery evaluate` writes them and the viewer reads them. */
import { sceneSchema } from '@orrery/scene';
import { z } from 'zod';

/**
 * Attributes of the Zarr group `rollouts.zarr` in a run folder. R rollouts of T = context + horizon frames; N bodies
 * of the scene, of which M (`tracked`) are found again in the frames by their colour. Its arrays:
 *
 * - `truth/rgb` [R, T, H, W, 3] u8; `truth/position` [R, T, N, 3] f32 (m); `truth/quaternion` [R, T, N, 4] f32
 * - `<predictor>/rgb` [R, T, H, W, 3] u8, its first `context` frames equal to the truth
 * - `<predictor>/parsed` [R, T, M, 3] f32, world position parsed from the frame (m); NaN where the body is not found;
 *   also as `truth/parsed`
 * - `<predictor>/psnr` [R, T] f32 (dB, Infinity where equal); `<predictor>/position_error` [R, T] f32 (m, mean over M)
 */
export const rolloutsManifestSchema = z.strictObject({
  format: z.literal('orrery.rollouts'),
  version: z.literal(1),
  run: z.string(),
  dataset: z.string(),
  family: z.string(),
  /** Seconds between frames. */
  dt: z.number().positive(),
  /** Frames given to the predictor. */
  context: z.int().positive(),
  /** Frames predicted. */
  horizon: z.int().positive(),
  width: z.int().positive(),
  height: z.int().positive(),
  /** "model" first, then the baselines. */
  predictors: z.array(z.string()).min(1),
  /** Bodies of the scene (indices) that are parsed from the frames. */
  tracked: z.array(z.int().min(0)),
  /** One entry a rollout: its episode in the dataset, its first frame there, and the scene. */
  rollouts: z.array(z.strictObject({ episode: z.int().min(0), start: z.int().min(0), scene: sceneSchema })),
});
export type RolloutsManifest = z.infer<typeof rolloutsManifestSchema>;
