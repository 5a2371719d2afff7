/**
 * Joints: what holds two bodies together without losing energy. Steps of 1/240 s (4 substeps at 60 frames a second) suit
 * pendulums of one or two links and arms; a chain of ten that cracks like a whip wants 16 substeps.
 */
import { z } from 'zod';
import { finite, nameSchema, positive, quaternionSchema, vec3Schema } from './quantities.ts';

const jointed = {
  name: nameSchema,
  /** Name of a body; null is the world, whose frame is that of the scene. */
  bodyA: nameSchema.nullable(),
  bodyB: nameSchema,
  /** Where the joint sits in the frame of A, and in that of B, m. */
  anchorA: vec3Schema,
  anchorB: vec3Schema.default([0, 0, 0]),
  /** Whether the two bodies collide with each other. */
  collide: z.boolean().default(false),
};

export const jointSchema = z.discriminatedUnion('kind', [
  /** Ball and socket: the anchors stay together. */
  z.strictObject({ kind: z.literal('point'), ...jointed }),
  /** The anchors stay together and B turns about one axis of A. */
  z.strictObject({
    kind: z.literal('hinge'),
    ...jointed,
    /** In the frame of A; need not have unit length. */
    axis: vec3Schema,
    /** Orientation of B in the frame of A where the angle is 0; the angle is right-handed about `axis`. */
    reference: quaternionSchema.default([0, 0, 0, 1]),
    /** Lowest and highest angle, rad; they stop without a bounce. */
    limits: z.tuple([finite, finite]).optional(),
    /** Turns B at `speed` (rad/s) as long as `maxTorque` (N m) suffices; an actuator may set it instead. */
    motor: z.strictObject({ speed: finite, maxTorque: z.number().min(0) }).optional(),
  }),
  /** A massless rod: the anchors stay `length` m apart. */
  z.strictObject({ kind: z.literal('distance'), ...jointed, length: positive }),
]);
export type Joint = z.infer<typeof jointSchema>;
