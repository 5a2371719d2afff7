import { z } from 'zod';

export const stateTransformerConfig = z.strictObject({
  /** Frames that the model sees. */
  context: z.int().min(1).max(32).default(4),
  /** Frames that a training clip predicts, each from the predictions before it. */
  unroll: z.int().min(1).max(32).default(2),
  /** Features of a token. */
  width: z.int().min(4).max(1024).default(96),
  /** Each has attention among bodies, attention over time, and an MLP. */
  blocks: z.int().min(1).max(32).default(2),
  heads: z.int().min(1).max(32).default(4),
  /** Hidden features of an MLP, in units of the width. */
  expansion: z.int().min(1).max(8).default(3),
});
export type StateTransformerConfig = z.infer<typeof stateTransformerConfig>;
