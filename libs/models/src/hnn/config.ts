import { z } from 'zod';

export const hnnConfig = z.strictObject({
  /** Coordinates of a state, positions and momenta together: the first half are positions. */
  coordinates: z
    .int()
    .min(2)
    .max(1024)
    .refine((count) => count % 2 === 0, { error: 'each position has its momentum; give an even number' })
    .default(2),
  /** Units of each of the two hidden layers. */
  width: z.int().min(1).max(4096).default(200),
});
export type HnnConfig = z.infer<typeof hnnConfig>;
