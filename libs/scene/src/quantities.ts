/** The numbers that scenes are made of. Units are SI; axes are right-handed with z up; quaternions are [x, y, z, w]. */
import { z } from 'zod';

export const finite = z.number();
export const positive = z.number().positive();
export const vec3Schema = z.tuple([finite, finite, finite]);
export const quaternionSchema = z.tuple([finite, finite, finite, finite]);
/** Linear RGB, each from 0 to 1. */
export const colorSchema = z.tuple([
  z.number().min(0).max(1),
  z.number().min(0).max(1),
  z.number().min(0).max(1),
]);
/** Identifies a body, joint, wheel or actuator: unique among its kind in a scene. */
export const nameSchema = z.string().min(1);

export type Vec3 = z.infer<typeof vec3Schema>;
export type Quaternion = z.infer<typeof quaternionSchema>;
export type Color = z.infer<typeof colorSchema>;
