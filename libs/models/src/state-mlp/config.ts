import { z } from 'zod';

export const stateMlpConfig = z.strictObject({
  /** Frames that the model sees: what no single one tells, such as gravity, shows in how velocities change. */
  context: z.int().min(1).max(16).default(2),
  /** Frames that a training clip predicts, each from the predictions before it. */
  unroll: z.int().min(1).max(32).default(4),
  /** Features of a hidden layer. */
  width: z.int().min(1).max(4096).default(256),
  /** Hidden layers. */
  layers: z.int().min(1).max(16).default(3),
});
export type StateMlpConfig = z.infer<typeof stateMlpConfig>;
