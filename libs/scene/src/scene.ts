/**
 * A scene is data: everything that a simulation, a renderer or a reader of a dataset needs to know.
 *
 * Units are SI (m, kg, s, rad). Axes are right-handed with z up. Quaternions are [x, y, z, w].
 */
import { z } from 'zod';

const finite = z.number();
const positive = z.number().positive();
export const vec3Schema = z.tuple([finite, finite, finite]);
export const quaternionSchema = z.tuple([finite, finite, finite, finite]);
/** Linear RGB, each from 0 to 1. */
export const colorSchema = z.tuple([
  z.number().min(0).max(1),
  z.number().min(0).max(1),
  z.number().min(0).max(1),
]);

export const shapeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sphere'), radius: positive }),
  z.strictObject({ kind: z.literal('box'), halfExtents: z.tuple([positive, positive, positive]) }),
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
  name: z.string().min(1),
  shape: shapeSchema,
  /** kg; 0 makes the body static. */
  mass: z.number().min(0),
  material: materialSchema,
  position: vec3Schema.default([0, 0, 0]),
  quaternion: quaternionSchema.default([0, 0, 0, 1]),
  velocity: vec3Schema.default([0, 0, 0]),
  angularVelocity: vec3Schema.default([0, 0, 0]),
  /** 1 where the body may move along the world axis, 0 where it may not. */
  linearFactor: vec3Schema.default([1, 1, 1]),
  /** 1 where the body may turn about the world axis, 0 where it may not. */
  angularFactor: vec3Schema.default([1, 1, 1]),
  color: colorSchema,
  /** A second colour drawn as a checker (planes, boxes) or as octants (spheres), which makes rotation visible. */
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
  /** m/s². */
  gravity: vec3Schema,
  camera: cameraSchema,
  light: lightSchema,
  background: colorSchema,
  /** Seconds between recorded frames. */
  dt: positive,
  /** Physics steps in one frame. */
  substeps: z.int().positive(),
  /** The factors of variation that were drawn, by name (m, m/s, count, ...). */
  factors: z.record(z.string(), finite).default({}),
});

export type Vec3 = z.infer<typeof vec3Schema>;
export type Quaternion = z.infer<typeof quaternionSchema>;
export type Color = z.infer<typeof colorSchema>;
export type Shape = z.infer<typeof shapeSchema>;
export type Material = z.infer<typeof materialSchema>;
export type Body = z.infer<typeof bodySchema>;
export type Camera = z.infer<typeof cameraSchema>;
export type Light = z.infer<typeof lightSchema>;
export type Scene = z.infer<typeof sceneSchema>;
/** A scene as an author writes it: fields with defaults may be left out. */
export type SceneInput = z.input<typeof sceneSchema>;
