/**
 * Raycast wheels: massless, each a ray down from the chassis with a spring-damper suspension where it meets a surface,
 * and Coulomb friction there. The chassis' frame has x ahead, y to the left, z up.
 */
import { z } from 'zod';
import { nameSchema, positive, vec3Schema } from './quantities.ts';

export const wheelSchema = z.strictObject({
  name: nameSchema,
  /** The body that the wheel carries. */
  chassis: nameSchema,
  /** A body with mass 0 and `collides: false` that is posed as the wheel, where it shall be seen. */
  body: nameSchema.optional(),
  /** Where the suspension is fixed, in the chassis' frame, m. */
  position: vec3Schema,
  radius: positive,
  suspension: z.strictObject({
    /** From `position` to the hub without load, m. */
    length: positive,
    /** N/m */
    stiffness: positive,
    /** N s/m */
    damping: z.number().min(0),
  }),
  /** Coulomb coefficient between tyre and ground. */
  friction: z.number().min(0),
});
export type Wheel = z.infer<typeof wheelSchema>;
