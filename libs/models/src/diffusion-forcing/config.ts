import { z } from 'zod';

export const diffusionForcingConfig = z.strictObject({
  /** Frames that are given, and that a frame looks back on. */
  context: z.int().min(1).max(32).default(3),
  /** Frames of a training clip, each with a noise level of its own. */
  frames: z.int().min(2).max(64).default(6),
  /** Side of the square of pixels that is a token. */
  patch: z.int().min(1).max(32).default(8),
  /** Features of a token. */
  width: z.int().min(4).max(1024).default(64),
  /** Each has attention over space, attention over time, and an MLP. */
  blocks: z.int().min(1).max(32).default(3),
  heads: z.int().min(1).max(32).default(4),
  /** Hidden features of an MLP, in units of the width. */
  expansion: z.int().min(1).max(8).default(3),
  /** Features of the condition: the noise levels of a frame and of the one before, and the action between them. */
  condition: z.int().min(4).max(1024).default(64),
  /** How far levels are moved towards noise: 1 leaves them uniform. Large pictures show through noise, and need more. */
  shift: z.number().min(1).max(100).default(8),
  /** Levels below count as this one where the loss weighs frames. */
  floor: z.number().min(0.01).max(1).default(0.25),
  /** Denoising steps of an imagined frame. */
  samplingSteps: z.int().min(1).max(100).default(3),
  /** Level that imagined frames and their context pass for, so that small errors in them are taken for noise. */
  stabilisation: z.number().min(0).max(0.9).default(0.05),
});
export type DiffusionForcingConfig = z.infer<typeof diffusionForcingConfig>;
