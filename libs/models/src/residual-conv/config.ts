import { z } from 'zod';

export const residualConvConfig = z.strictObject({
  /** Frames that the model sees: 2 show velocity. */
  context: z.int().min(1).max(8).default(2),
  /** Frames that a training clip predicts, each from the predictions before it. */
  unroll: z.int().min(1).max(16).default(2),
  /** How much a predicted frame weighs in the loss beside the one before it: errors grow, and late ones drown the first. */
  discount: z.number().gt(0).max(1).default(1),
  /** Side of the square of pixels that becomes one cell of the grid. */
  patch: z.int().min(1).max(16).default(4),
  /** Channels of a cell. */
  width: z.int().min(1).max(1024).default(32),
  /** Residual blocks: each lets a cell see 2 cells further. */
  blocks: z.int().min(0).max(64).default(4),
  /** Cut predictions to [0, 1] in training as in imagination: for pictures that are mostly black and white. */
  cut: z.boolean().default(false),
});
export type ResidualConvConfig = z.infer<typeof residualConvConfig>;
