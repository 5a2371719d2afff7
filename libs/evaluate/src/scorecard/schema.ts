/** `scorecard.json`: what was measured, of what, and whether it is good enough. */
import { z } from 'zod';

export const SCORECARD_VERSION = 2;

/** A number that JSON can hold: Infinity as a word, null where there is none. */
export const quantitySchema = z.union([z.number(), z.enum(['Infinity', '-Infinity']), z.null()]);
export type Quantity = z.infer<typeof quantitySchema>;

/** A value with its 95 % confidence interval. */
export const intervalSchema = z.strictObject({
  value: quantitySchema,
  low: quantitySchema,
  high: quantitySchema,
});

/** What `orrery ... --json` prints for each figure. */
export const figureSchema = z.strictObject({
  name: z.string(),
  value: quantitySchema,
  unit: z.string(),
  /** Such as "> 17.20"; null where nothing is demanded. */
  bound: z.string().nullable(),
  holds: z.boolean(),
});

const surpriseSchema = z.strictObject({
  /** Frames from the violation on over which films are compared, at most. */
  frames: z.int().positive(),
  /** Over the pairs of all violations; percent. */
  overall: z.array(z.strictObject({ predictor: z.string(), accuracy: intervalSchema })),
  violations: z.array(
    z.strictObject({
      violation: z.string(),
      pairs: z.int().positive(),
      rows: z.array(
        z.strictObject({
          predictor: z.string(),
          /** Percent of the pairs in which the prediction is nearer to the possible film. */
          accuracy: intervalSchema,
          /** PSNR against the possible and the impossible films, dB. */
          possible: quantitySchema,
          impossible: quantitySchema,
        }),
      ),
      /** The model's pairs by the episode of the possible member: 1 told right, 0 not, 1/2 a tie. */
      samples: z.strictObject({ episodes: z.array(z.int().min(0)), correct: z.array(z.number()) }),
    }),
  ),
});

/** Linear probes of what the model remembers of a context. */
const probesSchema = z.strictObject({
  /** Numbers of a state. */
  features: z.int().positive(),
  /** Contexts of training episodes that were fitted. */
  samples: z.int().positive(),
  rows: z.array(
    z.strictObject({
      /** "position", "velocity", "orientation" or "mass", of all bodies that move and are drawn. */
      quantity: z.string(),
      r2: intervalSchema,
      /** Of the ridge regression, as a multiple of the number of features. */
      penalty: z.number().positive(),
      /** By held-out context: its episode, and the squared errors of the probe and of the mean. */
      samples: z.strictObject({
        episodes: z.array(z.int().min(0)),
        sums: z.array(z.number()),
        weights: z.array(z.number()),
      }),
    }),
  ),
});

/** What each rollout contributes to a metric: the metric is a function of the quotient of the sums. */
const contributionsSchema = z.strictObject({
  /** [R] */
  sums: z.array(z.number()),
  /** [R] */
  weights: z.array(z.number()),
});

/** All predictors on one split, over steps 1 to `horizon`. */
const shiftSchema = z.strictObject({
  split: z.string(),
  /** The factor of the scene that is drawn from outside its range, from `range`; null for the split of the rows above. */
  factor: z.string().nullable(),
  range: z.tuple([z.number(), z.number()]).nullable(),
  unit: z.string(),
  episodes: z.int().positive(),
  rollouts: z.int().positive(),
  /** By metric, of frames and of rollouts. */
  rows: z.array(z.strictObject({ predictor: z.string(), metrics: z.record(z.string(), intervalSchema) })),
  /** What the model's rollouts contributed, by metric; the episode of each rollout. */
  samples: z.strictObject({
    episodes: z.array(z.int().min(0)),
    metrics: z.record(z.string(), contributionsSchema),
  }),
});

const metricSchema = z.strictObject({
  name: z.string(),
  label: z.string(),
  unit: z.string(),
  better: z.enum(['higher', 'lower']),
  digits: z.int().min(0),
  description: z.string(),
});

/** What one predictor did, by metric. */
const rowSchema = z.strictObject({
  predictor: z.string(),
  description: z.string(),
  /** At each step from 1 to `longest`, and over steps 1 to `horizon`. */
  metrics: z.record(z.string(), z.strictObject({ steps: z.array(intervalSchema), mean: intervalSchema })),
  /** Of rollouts as a whole: over steps 1 to `horizon`, and over steps 1 to `longest`. */
  rollouts: z.record(z.string(), z.strictObject({ horizon: intervalSchema, longest: intervalSchema })),
});

export const scorecardSchema = z.strictObject({
  format: z.literal('orrery.scorecard'),
  version: z.literal(SCORECARD_VERSION),
  run: z.string(),
  family: z.string(),
  checkpoint: z.strictObject({ name: z.string(), step: z.int().min(0) }),
  dataset: z.strictObject({ name: z.string(), checksum: z.string(), split: z.string() }),
  protocol: z.strictObject({
    episodes: z.int().positive(),
    rollouts: z.int().positive(),
    /** Context frames. */
    context: z.int().positive(),
    /** Predicted frames that the bounds are about. */
    horizon: z.int().positive(),
    /** Predicted frames that were measured, at least `horizon`. */
    longest: z.int().positive(),
    /** Seconds between frames. */
    dt: z.number().positive(),
    /** Bootstrap draws and their seed. */
    draws: z.int().positive(),
    seed: z.int().min(0),
    /** Whether bodies are looked for in predicted frames, or told by predicted states. */
    follows: z.enum(['frames', 'states']).default('frames'),
  }),
  cost: z.strictObject({
    parameters: z.int().min(0),
    flopsPerFrame: quantitySchema,
    millisecondsPerFrame: quantitySchema,
    /** The same of each predictor. */
    millisecondsByPredictor: z.record(z.string(), quantitySchema),
  }),
  /** Metrics of each predicted frame. */
  metrics: z.array(metricSchema),
  /** Metrics of rollouts as a whole. */
  rolloutMetrics: z.array(metricSchema),
  /** Metrics that have no meaning on these clips, or nothing to measure, and why. */
  unmeasured: z.array(z.strictObject({ metric: z.string(), label: z.string(), reason: z.string() })),
  /** "model" first, then the baselines, then "truth": the parser on the true frames. */
  rows: z.array(rowSchema),
  /** What the model's rollouts contributed, for comparisons with other runs. */
  samples: z.strictObject({
    /** [R] the episode of each rollout, and its first frame there */
    episodes: z.array(z.int().min(0)),
    starts: z.array(z.int().min(0)),
    /** By metric of frames: over steps 1 to `horizon`, and at step `horizon`. */
    metrics: z.record(z.string(), z.strictObject({ mean: contributionsSchema, step: contributionsSchema })),
    /** By metric of rollouts, as in the rows. */
    rollouts: z.record(
      z.string(),
      z.strictObject({ horizon: contributionsSchema, longest: contributionsSchema }),
    ),
  }),
  /** Model minus baseline, paired by rollout, over steps 1 to `horizon` and at step `horizon`. */
  comparisons: z.array(
    z.strictObject({
      metric: z.string(),
      baseline: z.string(),
      mean: intervalSchema,
      step: intervalSchema,
    }),
  ),
  /** The same of metrics of rollouts, over steps 1 to `longest`. */
  rolloutComparisons: z.array(
    z.strictObject({ metric: z.string(), baseline: z.string(), longest: intervalSchema }),
  ),
  /** The split of the rows, then one a factor; empty where the dataset has no shifted splits. */
  shifts: z.array(shiftSchema),
  /** Null where the dataset has no matched pairs of possible and impossible episodes. */
  surprise: surpriseSchema.nullable(),
  /** Null where the model's state was not probed. */
  probes: probesSchema.nullable().default(null),
  figures: z.array(figureSchema),
});

export type Interval = z.infer<typeof intervalSchema>;
export type Figure = z.infer<typeof figureSchema>;
export type Scorecard = z.infer<typeof scorecardSchema>;
export type ScorecardRow = Scorecard['rows'][number];

export function toQuantity(value: number): Quantity {
  if (Number.isNaN(value)) return null;
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}

export function fromQuantity(quantity: Quantity): number {
  return quantity === null ? NaN : Number(quantity);
}

/** "17.20", "∞", or "–" where there is no value. */
export function formatQuantity(quantity: Quantity, digits: number): string {
  const value = fromQuantity(quantity);
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return value.toFixed(digits).replace('-', '−');
}
