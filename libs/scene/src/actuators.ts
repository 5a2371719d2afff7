/**
 * Actuators: how actions act. An action has one number in [-1, 1] for each actuator of the scene, in their order, and
 * holds from one frame to the next; 0 does nothing (`force`, `torque`, `drive`, `brake`) or holds still (`velocity`,
 * `speed`).
 */
import { z } from 'zod';
import { nameSchema, positive, vec3Schema } from './quantities.ts';

export const actuatorSchema = z.discriminatedUnion('kind', [
  /** Pushes the centre of a body along a direction of the world with action * limit. */
  z.strictObject({
    ...{ kind: z.literal('force'), name: nameSchema, body: nameSchema, direction: vec3Schema },
    /** N */
    limit: positive,
  }),
  /** Drives a body along a direction of the world at action * limit, as far as `maxForce` suffices. */
  z.strictObject({
    ...{ kind: z.literal('velocity'), name: nameSchema, body: nameSchema, direction: vec3Schema },
    /** m/s */
    limit: positive,
    /** N */
    maxForce: positive,
  }),
  /** Turns body B of a hinge against A with action * limit. */
  z.strictObject({
    ...{ kind: z.literal('torque'), name: nameSchema, joint: nameSchema },
    /** N m */
    limit: positive,
  }),
  /** Turns a hinge at action * limit, as far as `maxTorque` suffices. */
  z.strictObject({
    ...{ kind: z.literal('speed'), name: nameSchema, joint: nameSchema },
    /** rad/s */
    limit: positive,
    /** N m */
    maxTorque: positive,
  }),
  /**
   * Turns wheels about the chassis' z axis, at once: a wheel in the middle to action * limit, those beside it so that
   * all roll about one point with the wheels that are not steered (Ackermann).
   */
  z.strictObject({
    ...{ kind: z.literal('steer'), name: nameSchema, wheels: z.array(nameSchema).min(1) },
    /** rad */
    limit: z
      .number()
      .positive()
      .lt(Math.PI / 2),
  }),
  /** Pushes ahead with action * limit at each of the wheels that touch the ground, within their friction. */
  z.strictObject({
    ...{ kind: z.literal('drive'), name: nameSchema, wheels: z.array(nameSchema).min(1) },
    /** N for each wheel */
    limit: positive,
  }),
  /** Holds each of the wheels against rolling with max(action, 0) * limit, within their friction. */
  z.strictObject({
    ...{ kind: z.literal('brake'), name: nameSchema, wheels: z.array(nameSchema).min(1) },
    /** N for each wheel */
    limit: positive,
  }),
  /** Moves the surface of a body at action * limit along a direction of its frame, as a conveyor's belt does. */
  z.strictObject({
    ...{ kind: z.literal('belt'), name: nameSchema, body: nameSchema, direction: vec3Schema },
    /** m/s */
    limit: positive,
  }),
]);
export type Actuator = z.infer<typeof actuatorSchema>;

/** Unit of `limit`, by the actuator's kind: what an action of 1 means. */
export const actuatorUnits = {
  force: 'N',
  velocity: 'm/s',
  torque: 'N m',
  speed: 'rad/s',
  steer: 'rad',
  drive: 'N',
  brake: 'N',
  belt: 'm/s',
} as const satisfies Record<Actuator['kind'], string>;
