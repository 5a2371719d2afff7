import { z } from 'zod';

/** The paper's values are in brackets where two cores ask for less. */
export const gnsConfig = z.strictObject({
  /** Past velocities that a body is told by (5). */
  history: z.int().min(1).max(16).default(3),
  /** Rounds of message passing, each with weights of its own (10); 1 is an interaction network. */
  rounds: z.int().min(1).max(32).default(2),
  /** Features of nodes and edges, and of the hidden layers of all networks (128). */
  latent: z.int().min(1).max(1024).default(64),
  /** Hidden layers of each network. */
  layers: z.int().min(1).max(8).default(2),
  /** Frames of typical flight within which bodies see each other: the radius of connectivity. */
  reach: z.number().positive().default(4),
  /** Whether bodies beyond the radius exchange no messages; false where forces reach far (gravity between bodies). */
  local: z.boolean().default(true),
  /** Deviation of the random walk on velocities in training, as a share of that of velocities. */
  noise: z.number().min(0).max(1).default(0.02),
});
export type GnsConfig = z.infer<typeof gnsConfig>;
