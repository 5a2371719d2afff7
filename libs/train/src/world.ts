/** The world that a model was built for, as `run.json` and the manifests of exported models hold it. */
import { BODY_SIZE, MOTION_SIZE, type World } from '@orrery/models';
import { z } from 'zod';

const frameWorldSchema = z.strictObject({
  /** Earlier versions knew frames alone, and did not say so. */
  sees: z.literal('frames').default('frames'),
  /** Pixels. */
  height: z.int().positive(),
  width: z.int().positive(),
  /** Of a pixel, a byte each. */
  channels: z.int().positive(),
  /** Numbers of an action, each from -1 to 1. Earlier versions wrote none and trained without. */
  actions: z.int().min(0).default(0),
});

const spreadSchema = (size: number) =>
  z.strictObject({
    mean: z.array(z.number()).length(size).readonly(),
    deviation: z.array(z.number().min(0)).length(size).readonly(),
  });

const stateWorldSchema = z.strictObject({
  sees: z.literal('states'),
  /** Of a scene; which of them move. */
  bodies: z.int().positive(),
  moving: z.array(z.int().min(0)).min(1).readonly(),
  /** Seconds between frames. */
  dt: z.number().positive(),
  actions: z.int().min(0),
  /** Of the training episodes, by component: what inputs and outputs are normalised by. */
  statistics: z.strictObject({
    motion: spreadSchema(MOTION_SIZE),
    bodies: spreadSchema(BODY_SIZE),
    change: spreadSchema(12),
  }),
});

export const worldSchema: z.ZodType<World> = z.union([stateWorldSchema, frameWorldSchema]);
