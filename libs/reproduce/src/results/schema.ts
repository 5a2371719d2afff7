/** `results.json` of a reproduced table: what came out beside what was published, and how. */
import { z } from 'zod';

export const columnSchema = z.strictObject({
  name: z.string(),
  label: z.string(),
  unit: z.string(),
  /** Digits after the point: of the mantissa where numbers are written as 1.2e-3. */
  digits: z.int().min(0),
  scientific: z.boolean(),
});

export const publishedSchema = z.strictObject({
  value: z.number(),
  /** As printed, after "+-". */
  error: z.number().optional(),
  /** Such as "from memory", where the figure was not read in the source itself. */
  remark: z.string().optional(),
});

export const cellSchema = z.strictObject({
  /** One a seed; one in all where no seed takes part; none where only a figure was published. null is no finite number. */
  values: z.array(z.number().nullable()),
  mean: z.number().nullable(),
  /** Over seeds, of a sample (n - 1); null for one value. */
  deviation: z.number().nullable(),
  published: publishedSchema.optional(),
});

export const rowSchema = z.strictObject({
  /** Rows of one task stand together. */
  group: z.string(),
  name: z.string(),
  /** Values that are learned; none for a row that learns nothing. */
  parameters: z.int().min(0).optional(),
  /** Of one seed's training: matrix products of the loss and its gradient. */
  trainingFlops: z.number().optional(),
  /** Wall time of one seed's training on one core, mean over seeds. */
  seconds: z.number().optional(),
  /** Updates done, if fewer than the recipe's because the budget ended. */
  stoppedAt: z.int().optional(),
  /** By column. */
  cells: z.record(z.string(), cellSchema),
});

export const sanityRowSchema = z.strictObject({
  group: z.string(),
  name: z.string(),
  value: z.number(),
  /** What the data must satisfy, in words; null for a row that only informs. */
  expected: z.string().nullable(),
  holds: z.boolean(),
});

export const chartSchema = z.strictObject({
  /** kebab-case, the name of its file */
  name: z.string(),
  title: z.string(),
  xLabel: z.string(),
  yLabel: z.string(),
  logarithmic: z.boolean(),
  series: z.array(z.strictObject({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })),
});

/** A bound that the table must hold, as verbs print it with `--json`. */
export const figureSchema = z.strictObject({
  name: z.string(),
  value: z.number().nullable(),
  unit: z.string(),
  bound: z.string().nullable(),
  holds: z.boolean(),
});

export const resultsSchema = z.strictObject({
  format: z.literal('orrery.results'),
  version: z.literal(1),
  table: z.string(),
  source: z.string(),
  /** Git revision of the code that ran. */
  revision: z.string(),
  seeds: z.array(z.int().min(0)),
  config: z.record(z.string(), z.unknown()),
  machine: z.strictObject({
    cores: z.int(),
    processor: z.string(),
    node: z.string(),
    onnxruntime: z.string(),
  }),
  /** Wall time of everything: data, training, evaluation. */
  wallSeconds: z.number(),
  /** Time that the cores worked for it; more than half of wallSeconds * cores where nothing else ran beside it. */
  cpuSeconds: z.number(),
  columns: z.array(columnSchema),
  sanity: z.array(sanityRowSchema),
  rows: z.array(rowSchema),
  charts: z.array(chartSchema),
  figures: z.array(figureSchema),
  remarks: z.array(z.string()),
});

export type Column = z.infer<typeof columnSchema>;
export type Published = z.infer<typeof publishedSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type Row = z.infer<typeof rowSchema>;
export type SanityRow = z.infer<typeof sanityRowSchema>;
export type Chart = z.infer<typeof chartSchema>;
export type Figure = z.infer<typeof figureSchema>;
export type Results = z.infer<typeof resultsSchema>;

/** Mean and standard deviation over seeds, beside the published figure. */
export function cell(values: readonly number[], published?: Published): Cell {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    values: values.map(finite),
    mean: finite(mean),
    deviation: values.length > 1 ? finite(Math.sqrt(squares / (values.length - 1))) : null,
    ...(published && { published }),
  };
}

/** A figure that was published, for a row that is not trained here. */
export function publishedCell(published: Published): Cell {
  return { values: [], mean: null, deviation: null, published };
}

/** @param bound the largest value that will do */
export function atMost(name: string, value: number | null, unit: string, bound: number): Figure {
  const text = `<= ${Number(bound.toPrecision(4))}`;
  return { name, value, unit, bound: text, holds: value !== null && value <= bound };
}
