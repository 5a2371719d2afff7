/**
 * A scene is data: everything that a simulation, a renderer or a reader of a dataset needs to know.
 *
 * Units are SI (m, kg, s, rad, C). Axes are right-handed with z up. Quaternions are [x, y, z, w].
 */
import { z } from 'zod';
import { actuatorSchema } from './actuators.ts';
import { fieldSchema } from './fields.ts';
import { interventionSchema } from './interventions.ts';
import { jointSchema } from './joints.ts';
import { colorSchema, finite, nameSchema, positive, quaternionSchema, vec3Schema } from './quantities.ts';
import { wheelSchema } from './wheels.ts';

export const shapeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sphere'), radius: positive }),
  z.strictObject({ kind: z.literal('box'), halfExtents: z.tuple([positive, positive, positive]) }),
  /** All points within `radius` of the segment of local z from -halfLength to +halfLength. */
  z.strictObject({ kind: z.literal('capsule'), radius: positive, halfLength: positive }),
  /** The half-space below local z = 0; its surface normal is local +z. */
  z.strictObject({ kind: z.literal('plane') }),
]);

export const materialSchema = z.strictObject({
  /** Restitution e in [0, 1]; a pair takes the product of both. */
  restitution: z.number().min(0).max(1),
  /** Coulomb friction coefficient; a pair takes the geometric mean of both. */
  friction: z.number().min(0),
});

export const bodySchema = z.strictObject({
  /** Unique in the scene. */
  name: nameSchema,
  shape: shapeSchema,
  /** kg; 0 makes the body static. */
  mass: z.number().min(0),
  /** C */
  charge: finite.default(0),
  material: materialSchema,
  position: vec3Schema.default([0, 0, 0]),
  quaternion: quaternionSchema.default([0, 0, 0, 1]),
  velocity: vec3Schema.default([0, 0, 0]),
  angularVelocity: vec3Schema.default([0, 0, 0]),
  /** 1 where the body may move along the world axis, 0 where it may not. */
  linearFactor: vec3Schema.default([1, 1, 1]),
  /** 1 where the body may turn about the world axis, 0 where it may not. */
  angularFactor: vec3Schema.default([1, 1, 1]),
  /** Velocity of the surface in the body's frame, m/s: a conveyor's belt, which moves what lies on it. */
  surfaceVelocity: vec3Schema.default([0, 0, 0]),
  /** Whether it touches others at all; markers and a vehicle's wheels do not. */
  collides: z.boolean().default(true),
  color: colorSchema,
  /** A second colour drawn as a checker (planes, boxes) or as octants (spheres, capsules), which makes rotation visible. */
  pattern: z.strictObject({ kind: z.literal('checker'), color: colorSchema, size: positive }).optional(),
  /** Invisible bodies collide but are not drawn (the glass front of an arena). */
  visible: z.boolean().default(true),
});

export const cameraSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('orthographic'),
    position: vec3Schema,
    target: vec3Schema,
    up: vec3Schema.default([0, 0, 1]),
    /** Height of the view in metres; the width follows from the picture's aspect. */
    height: positive,
  }),
  z.strictObject({
    kind: z.literal('perspective'),
    position: vec3Schema,
    target: vec3Schema,
    up: vec3Schema.default([0, 0, 1]),
    /** Vertical field of view in degrees. */
    fieldOfView: z.number().gt(0).lt(180),
  }),
]);

export const lightSchema = z.strictObject({
  /** The direction in which the light travels; need not have unit length. */
  direction: vec3Schema,
  /** Brightness of a lit surface that faces the light, on top of `ambient`. */
  intensity: z.number().min(0),
  ambient: z.number().min(0),
  shadows: z.boolean().default(true),
});

export const sceneSchema = z.strictObject({
  /** The kind of scene, such as "bounce". */
  name: z.string().min(1),
  bodies: z.array(bodySchema).min(1),
  joints: z.array(jointSchema).default([]),
  wheels: z.array(wheelSchema).default([]),
  /** m/s². */
  gravity: vec3Schema,
  fields: z.array(fieldSchema).default([]),
  /** What an action acts on, in the order of its components. */
  actuators: z.array(actuatorSchema).default([]),
  interventions: z.array(interventionSchema).default([]),
  /** The camera that frames are drawn from. */
  camera: cameraSchema,
  /** Other cameras by name, from which a dataset may be drawn instead. */
  views: z.record(z.string(), cameraSchema).default({}),
  light: lightSchema,
  background: colorSchema,
  /** Seconds between recorded frames. */
  dt: positive,
  /** Physics steps in one frame. */
  substeps: z.int().positive(),
  /** The factors of variation that were drawn, by name (m, m/s, count, ...). */
  factors: z.record(z.string(), finite).default({}),
});

export type Shape = z.infer<typeof shapeSchema>;
export type Material = z.infer<typeof materialSchema>;
export type Body = z.infer<typeof bodySchema>;
export type Camera = z.infer<typeof cameraSchema>;
export type Light = z.infer<typeof lightSchema>;
export type Scene = z.infer<typeof sceneSchema>;
/** A scene as an author writes it: fields with defaults may be left out. */
export type SceneInput = z.input<typeof sceneSchema>;
