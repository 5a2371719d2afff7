/** The catalogue, with what a user knows better laid over it. */
import { z } from 'zod';
import { chips } from './chips.ts';
import { instances } from './instances.ts';
import {
  catalogueSchema,
  chipSchema,
  instanceSchema,
  type Catalogue,
  type Chip,
  type Instance,
  type Peak,
} from './schema.ts';

/** A whole new chip or instance, or the fields that differ from a known one. */
export const overridesSchema = z.strictObject({
  chips: z.record(z.string(), chipSchema.partial()).default({}),
  instances: z.record(z.string(), instanceSchema.partial()).default({}),
});
export type Overrides = z.infer<typeof overridesSchema>;

/** @throws when a new entry lacks a field, or an instance names no chip */
export function catalogue(overrides: z.input<typeof overridesSchema> = {}): Catalogue {
  const over = overridesSchema.parse(overrides);
  const merged = catalogueSchema.safeParse({
    chips: merge(chips, over.chips),
    instances: merge(instances, over.instances),
  });
  if (!merged.success) {
    const [issue] = merged.error.issues;
    throw new Error(`catalogue: ${issue.path.join('.')}: ${issue.message}; give every field of a new entry`);
  }
  for (const [name, { chip }] of Object.entries(merged.data.instances)) {
    if (Object.hasOwn(merged.data.chips, chip)) continue;
    throw new Error(
      `catalogue: instance "${name}" has chip "${chip}", which is not in it; add it under "chips"`,
    );
  }
  return merged.data;
}

export interface Machine {
  readonly name: string;
  readonly instance: Instance;
  readonly chip: Chip;
}

/** @throws when there is none of that name, with the known ones */
export function machineOf(name: string, { instances: known, chips: all }: Catalogue = catalogue()): Machine {
  const instance = Object.hasOwn(known, name) ? known[name] : undefined;
  if (instance) return { name, instance, chip: all[instance.chip] };
  throw new Error(`target "${name}": no such machine; known: ${Object.keys(known).join(', ')}`);
}

/**
 * The peak that the engine of a dtype is rated at by its maker or, failing that, by somebody else: the first of them.
 * @throws when the catalogue has none
 */
export function peakOf({ chip, name }: Machine, dtype: Peak['dtype']): Peak {
  const found = chip.peaks.find((peak) => peak.dtype === dtype);
  if (found) return found;
  const remedy =
    dtype === 'tf32' && chip.kind !== 'nvidia'
      ? 'NVIDIA’s tensor cores alone make it of f32; choose f32 or bf16, or another target'
      : 'add one';
  throw new Error(`target "${name}": no peak of ${dtype} is in the catalogue; ${remedy}`);
}

function merge<T extends object>(
  under: Readonly<Record<string, T>>,
  over: Readonly<Record<string, Partial<T>>>,
): Record<string, Partial<T>> {
  const names = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...names].map((name) => [name, { ...under[name], ...over[name] }]));
}
