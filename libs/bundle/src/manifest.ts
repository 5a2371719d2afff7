/** `io.json` of a bundle: what its programs take and return, and what feeds them. */
import { precisions } from '@orrery/graph';
import { neuronTargets } from '@orrery/neuron';
import { z } from 'zod';

/** Axes of the mesh of devices, the slowest first: neighbours along the last exchange the most. */
export const meshAxes = ['data', 'fsdp', 'sequence', 'tensor'] as const;
const axis = z.enum(meshAxes);

const tensorFields = {
  name: z.string(),
  dtype: z.enum(['f32', 'f64', 'f16', 'bf16', 'i32', 'u32', 'u8', 'bool']),
  shape: z.array(z.int().min(0)).readonly(),
  /** For each dimension, the axes of the mesh that cut it. */
  sharding: z.array(z.array(axis).readonly()).readonly(),
};

const inputSchema = z.strictObject({
  ...tensorFields,
  /**
   * `state`: goes from update to update, or from frame to frame; `parameter`: weights; `batch`: of the dataset; `noise`: drawn
   * anew; `scalar`: the number of the update and its learning rate.
   */
  role: z.enum(['state', 'parameter', 'batch', 'noise', 'scalar']),
  /** The output that takes its memory. */
  donatedTo: z.string().optional(),
  /** Of noise: how it is distributed, and its number among those of the model, which is folded into the key. */
  distribution: z.enum(['normal', 'uniform']).optional(),
  index: z.int().min(0).optional(),
});

const outputSchema = z.strictObject({
  ...tensorFields,
  role: z.enum(['state', 'loss', 'metric', 'prediction']),
});

const programSchema = z.strictObject({
  file: z.string(),
  /** SHA-256 (hex) of the file. */
  sha256: z.string(),
  /** In the order of the arguments and results. */
  inputs: z.array(inputSchema).readonly(),
  outputs: z.array(outputSchema).readonly(),
});
export type BundledProgram = z.infer<typeof programSchema>;
export type BundledInput = z.infer<typeof inputSchema>;

const key = z.tuple([z.int().min(0).max(0xffffffff), z.int().min(0).max(0xffffffff)]).readonly();

export const bundleSchema = z.strictObject({
  format: z.literal('orrery.bundle'),
  version: z.literal(1),
  /** Of products; all else is f32. */
  precision: z.enum(precisions),
  /** The Neuron compiler that the programs were rewritten for. */
  target: z.enum(neuronTargets).optional(),
  /** Updates done before the state of the bundle. */
  step: z.int().min(0),
  /** Clips that `encode` and `step` take at once. */
  batch: z.int().positive(),
  /** What of the run decides its numbers, as a hash: checkpoints of another are not continued. */
  config: z.string(),
  /** The mesh that arrays can be cut for; the runner may choose another that divides them. */
  mesh: z.strictObject({
    ...{ data: z.int().positive(), fsdp: z.int().positive() },
    ...{ sequence: z.int().positive(), tensor: z.int().positive() },
  }),
  /** Keys of Threefry-2x32: of the order of clips, and of noise. */
  keys: z.strictObject({ order: key, noise: key, validation: key }),
  /** What the order permutes: (episode, start) of all clips of `frames` frames in the episodes. */
  clips: z.strictObject({
    frames: z.int().positive(),
    /** Of an episode. */
    datasetFrames: z.int().positive(),
    episodes: z.strictObject({ start: z.int().min(0), count: z.int().positive() }),
  }),
  /** Episode and start of the clips that `validate` measures, whole batches of them. */
  validation: z.array(z.tuple([z.int().min(0), z.int().min(0)]).readonly()).readonly(),
  programs: z.strictObject({
    train: programSchema,
    /** The loss of a batch of clips; absent where none are held out. */
    validate: programSchema.optional(),
    encode: programSchema,
    step: programSchema,
  }),
});
export type Bundle = z.infer<typeof bundleSchema>;

/** `io.json` of a bundle that brings its data: samples in place of clips, and no imagination. */
export const sampleBundleSchema = z.strictObject({
  ...bundleSchema.pick({ format: true, version: true, precision: true, step: true, config: true, mesh: true })
    .shape,
  keys: z.strictObject({ order: key }),
  /** Those in `samples.safetensors`, and how batches are drawn of them (`BatchOrder` of libs/train). */
  samples: z.strictObject({ count: z.int().positive(), order: z.enum(['epochs', 'draws', 'all']) }),
  programs: z.strictObject({ train: programSchema }),
});
export type SampleBundle = z.infer<typeof sampleBundleSchema>;

const costSchema = z.strictObject({
  /** Of matrix products and convolutions. */
  matrixFlops: z.number(),
  flops: z.number(),
  /** When each op reads its operands from memory and writes its result there. */
  bytes: z.number(),
});

/** `flops.json`: exact, from the graph. */
export const flopsSchema = z.strictObject({
  format: z.literal('orrery.flops'),
  version: z.literal(1),
  precision: z.enum(precisions),
  /** Clips an update. */
  batch: z.int().positive(),
  train: costSchema.extend({
    /** Matrix products and convolutions of loss and gradient: what utilisation counts. Recomputation and optimizer do not. */
    modelFlops: z.number(),
    forwardFlops: z.number(),
  }),
  /** Of `batch` of io.json clips. */
  encode: costSchema,
  step: costSchema,
  /** Number of values that are learned. */
  parameters: z.int(),
  /** Bytes on one device that has all of it; `peak` is the most at one time, where state in and state out share a place. */
  memory: z.strictObject({ state: z.number(), activations: z.number(), peak: z.number() }),
});
export type Flops = z.infer<typeof flopsSchema>;
