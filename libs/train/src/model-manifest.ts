/** `manifest.json` of an exported model: all that a program needs to run it without knowing its family. */
import { z } from 'zod';
import { worldSchema } from './world.ts';

const tensorType = z.strictObject({
  dtype: z.enum(['f32', 'f64', 'f16', 'bf16', 'i32', 'u32', 'u8', 'bool']),
  shape: z.array(z.int().min(0)).readonly(),
});

const componentSchema = z.strictObject({
  file: z.string(),
  /** SHA-256 (hex) of the file. */
  sha256: z.string(),
  /** By their names in the file. */
  inputs: z.record(z.string(), tensorType),
  outputs: z.record(z.string(), tensorType),
});
export type Component = z.infer<typeof componentSchema>;

export const modelManifestSchema = z.strictObject({
  format: z.literal('orrery.model'),
  version: z.literal(1),
  family: z.string(),
  /** The family's configuration, every field of it. */
  config: z.record(z.string(), z.unknown()),
  world: worldSchema,
  /** Frames that `encode` takes. */
  contextFrames: z.int().positive(),
  /** Number of values that are learned. */
  parameters: z.int(),
  trained: z.strictObject({
    /** Updates done. */
    step: z.int(),
    seed: z.int(),
    /** Whether the weights are a moving average over the updates. */
    averaged: z.boolean(),
    /** Git revision of the program. */
    revision: z.string(),
    dataset: z.strictObject({ name: z.string(), size: z.string(), seed: z.int(), checksum: z.string() }),
  }),
  /** Clips that the components take at once. */
  batch: z.int().positive().optional(),
  /**
   * A model of frames: `encode`: `context` u8 [B, contextFrames, H, W, C] -> state. `step`: state -> next state and `frame`
   * u8 [B, H, W, C]. A model of states: `encode`: `context` f32 [B, contextFrames, N, 13] (position m, orientation x y z w,
   * velocity m/s, spin rad/s) and `bodies` f32 [B, N, 12] (kind as sphere, box, capsule, plane; half extents m, mass kg,
   * restitution, friction, charge C, whether it collides) -> state. `step`: state -> next state and `motion` f32 [B, N, 13].
   * Where something acts, `encode` also takes `actions` f32 [B, contextFrames, A], of which the last is 0, and `step` the
   * `action` f32 [B, A] that leads to the frame.
   */
  components: z.strictObject({ encode: componentSchema, step: componentSchema }).optional(),
  /** What goes from call to call: `name` of step's input, the output of `encode` it starts `from`, step's `next`. */
  state: z
    .array(z.strictObject({ name: z.string(), from: z.string(), next: z.string() }))
    .readonly()
    .optional(),
  /** Inputs that are drawn anew for each call: standard normal, or uniform in [0, 1). */
  noise: z
    .array(
      z.strictObject({
        component: z.enum(['encode', 'step']),
        name: z.string(),
        distribution: z.enum(['normal', 'uniform']),
      }),
    )
    .readonly()
    .optional(),
  /** Weights alone, by the names of the family's parameters. */
  weights: z
    .strictObject({
      file: z.string(),
      sha256: z.string(),
      dtype: z.literal('f32'),
      shapes: z.record(z.string(), z.array(z.int()).readonly()),
    })
    .optional(),
});
export type ModelManifest = z.infer<typeof modelManifestSchema>;
