import { z } from 'zod';

export const egnnConfig = z.strictObject({
  /** Rounds of messages, each of which moves the bodies. */
  layers: z.int().min(1).max(16).default(4),
  /** Size of what a body is described by, of a message, and of every hidden layer. */
  features: z.int().min(1).max(1024).default(64),
});
export type EgnnConfig = z.infer<typeof egnnConfig>;
