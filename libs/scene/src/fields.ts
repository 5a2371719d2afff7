/** Forces that act at a distance, besides the scene's gravity. */
import { z } from 'zod';
import { nameSchema, positive, vec3Schema } from './quantities.ts';

export const fieldSchema = z.discriminatedUnion('kind', [
  /** Pulls anchor B towards `length` from anchor A with `stiffness` times the difference, less damping along it. */
  z.strictObject({
    kind: z.literal('spring'),
    /** Name of a body; null is the world. */
    bodyA: nameSchema.nullable(),
    bodyB: nameSchema,
    /** In the frames of A and B, m. */
    anchorA: vec3Schema.default([0, 0, 0]),
    anchorB: vec3Schema.default([0, 0, 0]),
    /** Rest length, m. */
    length: z.number().min(0),
    /** N/m */
    stiffness: positive,
    /** N s/m */
    damping: z.number().min(0).default(0),
  }),
  /**
   * Coulomb's law between all bodies that carry a charge: k qa qb r / (r² + s²)^(3/2), away from each other for like
   * signs. Charges of static bodies act too.
   */
  z.strictObject({
    kind: z.literal('charge'),
    /** k, N m²/C² */
    constant: positive,
    /** s, m: Plummer's softening, which keeps close encounters finite. */
    softening: z.number().min(0).default(0),
  }),
  /** Newton's law between all bodies with a mass: G ma mb r / (r² + s²)^(3/2). */
  z.strictObject({
    kind: z.literal('gravitation'),
    /** G, m³/(kg s²) */
    constant: positive,
    /** s, m */
    softening: z.number().min(0).default(0),
  }),
]);
export type Field = z.infer<typeof fieldSchema>;
