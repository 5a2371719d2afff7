/** What is known of accelerators and of the instances that carry them: every number with its source and date. */
import { z } from 'zod';

/**
 * - published: by the maker;
 * - secondary: somebody else's page, list or code;
 * - assumed: from memory or by arithmetic; check it before money depends on it.
 */
export const confidences = ['published', 'secondary', 'assumed'] as const;
export type Confidence = (typeof confidences)[number];

export const figureSchema = z.strictObject({
  value: z.number(),
  confidence: z.enum(confidences),
  source: z.string(),
  /** When the source was read, or what it says of its own age: YYYY-MM or YYYY-MM-DD. */
  date: z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/),
});
export type Figure = z.infer<typeof figureSchema>;

/** The best that a chip could compute, as somebody defines it: what utilisation is a fraction of. */
export const peakSchema = z.strictObject({
  /** "trn3.bf16.published" */
  id: z.string(),
  dtype: z.enum(['f32', 'tf32', 'bf16', 'fp8', 'mxfp8']),
  /** TFLOP/s, dense; of f32 on a GPU those of its f32 units, as tensor cores have TF32 in its place */
  tflops: figureSchema,
});
export type Peak = z.infer<typeof peakSchema>;

export const chipSchema = z.strictObject({
  kind: z.enum(['neuron', 'nvidia']),
  /** `neuronx-cc --target`; of Neuron only. */
  target: z.enum(['trn1', 'trn2', 'trn3']).optional(),
  /** NeuronCores of a chip; 1 for a GPU. */
  cores: z.int().positive(),
  /** How many cores may act as one; the last is the default. */
  logicalCores: z.array(z.int().positive()),
  peaks: z.array(peakSchema),
  /** GiB */
  memory: figureSchema,
  /** GB/s */
  bandwidth: figureSchema,
  /** To the other chips of its machine, GB/s: sending and receiving together, as makers publish it. */
  link: figureSchema.optional(),
  /** W, of a chip at full load. */
  power: figureSchema.optional(),
});
export type Chip = z.infer<typeof chipSchema>;

export const priceSchema = z.strictObject({
  /** US dollars an hour, of one instance */
  ...figureSchema.shape,
  /** "on demand", "capacity block" */
  terms: z.string(),
  region: z.string().optional(),
});
export type Price = z.infer<typeof priceSchema>;

export const instanceSchema = z.strictObject({
  chip: z.string(),
  /** Chips of one machine. */
  chips: z.int().positive(),
  /** What EC2 calls it; absent where no name is public. */
  instanceType: z.string().optional(),
  vcpus: z.int().positive().optional(),
  /** GiB of the host */
  hostMemory: z.number().positive().optional(),
  /** Elastic Fabric Adapters; absent where unknown. */
  efa: z.int().min(0).optional(),
  /** Between machines, of all adapters of one, Gb/s: each way, as EC2 publishes it. */
  network: figureSchema.optional(),
  prices: z.array(priceSchema),
  note: z.string().optional(),
});
export type Instance = z.infer<typeof instanceSchema>;

export const catalogueSchema = z.strictObject({
  chips: z.record(z.string(), chipSchema),
  instances: z.record(z.string(), instanceSchema),
});
export type Catalogue = z.infer<typeof catalogueSchema>;
