/**
 * Interventions: what mechanics does not allow, done to a scene on purpose, so that a model's surprise can be measured.
 * Each happens at the instant of a frame, which is the first to show it.
 */
import { z } from 'zod';
import { colorSchema, finite, nameSchema, vec3Schema, type Color } from './quantities.ts';
import type { Scene } from './scene.ts';

const frame = z.int().min(1);

export const interventionSchema = z.discriminatedUnion('kind', [
  /** The body is gone: neither drawn nor collided with; its state stays as it was. */
  z.strictObject({ kind: z.literal('vanish'), frame, body: nameSchema }),
  /** The body is moved by `offset` (m) and goes on with its velocity. */
  z.strictObject({ kind: z.literal('teleport'), frame, body: nameSchema, offset: vec3Schema }),
  /** The bodies do not collide with each other any more. */
  z.strictObject({ kind: z.literal('pass-through'), frame, body: nameSchema, other: nameSchema }),
  z.strictObject({ kind: z.literal('recolor'), frame, body: nameSchema, color: colorSchema }),
  /** The body's velocity is multiplied by `factor`. */
  z.strictObject({ kind: z.literal('speed'), frame, body: nameSchema, factor: finite }),
  /** The scene's gravity is multiplied by `factor`; -1 turns it over. */
  z.strictObject({ kind: z.literal('gravity'), frame, factor: finite }),
]);
export type Intervention = z.infer<typeof interventionSchema>;

/** How a body looks in a frame. */
export interface Appearance {
  readonly visible: boolean;
  readonly color: Color;
}

/** [N] how each body looks in `frame`, in the order of `scene.bodies`. */
export function appearances(scene: Scene, frame: number): Appearance[] {
  return scene.bodies.map((body) => {
    let { visible, color } = body;
    for (const event of scene.interventions) {
      if (event.frame > frame || !('body' in event) || event.body !== body.name) continue;
      if (event.kind === 'vanish') visible = false;
      if (event.kind === 'recolor') color = event.color;
    }
    return { visible, color };
  });
}
