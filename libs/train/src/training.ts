import { scheduleNames } from '@orrery/nn';
import { z } from 'zod';

export const optimizerNames = ['adam', 'adamw', 'muon', 'rmsprop', 'sgd'] as const;

/** How a model is trained. The defaults suit the small families on two cores. */
export const trainingSchema = z
  .strictObject({
    /** Updates in all. */
    steps: z.int().positive().default(1500),
    /** Clips an update. */
    batch: z.int().positive().default(8),
    /** Muon needs about half the updates of AdamW here. */
    optimizer: z.enum(optimizerNames).default('muon'),
    /** The largest learning rate. */
    learningRate: z.number().positive().default(4e-3),
    schedule: z.enum(scheduleNames).default('cosine'),
    /** Steps over which the learning rate grows to its peak. */
    warmup: z.int().min(0).default(30),
    /** Learning rate at the end, as a fraction of the peak. */
    finalRate: z.number().min(0).max(1).default(0.02),
    /** Of AdamW and Muon. */
    weightDecay: z.number().min(0).default(0.01),
    /** Largest length of the vector of all gradients. */
    clip: z.number().positive().default(1),
    /** Decay of the moving average of the weights, which is then what is validated and used; 0 for none. */
    average: z.number().min(0).max(0.99999).default(0),
    /** Updates between two returns of the runtime. */
    stepsPerCall: z.int().positive().default(10),
    seed: z.int().min(0).max(0xffffffff).default(0),
    /** Steps; rounded up to whole calls, as are the two that follow. */
    checkpointEvery: z.int().positive().default(200),
    validateEvery: z.int().positive().default(100),
    /** Checkpoints that stay, beside the best. */
    keep: z.int().positive().default(2),
    /** Validations in a row without a better loss, after which training ends early; 0 for none such. */
    patience: z.int().min(0).default(0),
    /** The last part of the training episodes, held out to choose the best checkpoint. */
    validationFraction: z
      .number()
      .min(0)
      .max(0.5)
      .default(1 / 16),
    /** Clips of a validation, rounded up to whole batches; the same each time. */
    validationClips: z.int().positive().default(64),
    /** Threads of the runtime; one a core unless given. */
    threads: z.int().positive().optional(),
    /** Whether they wait for work in a busy loop: faster where nothing else runs, much slower where something does. */
    spinning: z.boolean().default(false),
  })
  .refine(({ patience, validationFraction }) => patience === 0 || validationFraction > 0, {
    path: ['patience'],
    error: 'patience waits for validations, and "validationFraction" of 0 leaves none; set one of the two',
  })
  .refine(({ steps, warmup }) => warmup <= steps, {
    path: ['warmup'],
    error: ({ input }) => {
      const { steps, warmup } = input as { steps: number; warmup: number };
      return `${warmup} warm-up steps do not fit into ${steps} steps; lower it`;
    },
  });
export type Training = z.infer<typeof trainingSchema>;
