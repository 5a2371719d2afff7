/** A bundle that is there is used again only where it says what is wanted, and written anew where that changes no numbers. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { temporaryName } from '@orrery/storage';
import { differences, planRun } from '@orrery/train';
import { meshOf } from './layout.ts';
import type { Bundle } from './manifest.ts';
import { readBundle, type ReadBundle } from './read-bundle.ts';
import { writeBundle, type BundleOptions } from './write-bundle.ts';

/** What became of it, and why. */
export type EnsuredBundle =
  { readonly done: 'written' | 'found' } | { readonly done: 'replaced'; readonly changes: readonly string[] };

/**
 * Checkpoints stay good: what they continue on is refused where it would be another training.
 * @throws when `out` holds a bundle of other settings, precision or start, with the differences
 */
export async function ensureBundle(options: BundleOptions): Promise<EnsuredBundle> {
  const { out } = options;
  if (!existsSync(out)) {
    await writeBundle(options);
    return { done: 'written' };
  }
  const found = await readBundle(out);
  const { run } = await planRun(options);
  const { precision = 'f32', start } = options;
  const refused = [
    ...differences(run, found.run),
    ...differing({ precision, step: start?.step ?? 0 }, found.bundle),
  ];
  if (refused.length > 0)
    throw new Error(
      `bundle ${out}: it was made with ${refused.join(', ')}; launch with another --run, or remove it to start over`,
    );
  const changes = renewals(options, run, found);
  if (changes.length === 0) return { done: 'found' };
  const old = temporaryName(out);
  await rename(out, old);
  try {
    await writeBundle(options);
  } catch (error) {
    await rename(old, out);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
  return { done: 'replaced', changes };
}

/** What asks for other programs or another record of the same training. */
function renewals(
  { batch = 1, mesh, target }: BundleOptions,
  run: ReadBundle['run'],
  found: ReadBundle,
): string[] {
  // Nobody knows what changed in a program that has no revision of its own.
  const unknown = run.revision === 'unknown' || run.revision.endsWith('-dirty');
  return [
    ...differing({ mesh: meshOf(mesh), target, batch }, found.bundle),
    ...(unknown ? [`revision (${run.revision})`] : differing({ revision: run.revision }, found.run)),
    ...differing({ training: run.training, versions: run.versions }, found.run),
  ];
}

/** `mesh ({"fsdp":1}, not {"fsdp":8})` */
function differing(
  wanted: Readonly<Record<string, unknown>>,
  found: Partial<Bundle> | ReadBundle['run'],
): string[] {
  const own = found as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => canonical(value) ?? 'none';
  return Object.entries(wanted)
    .filter(([name, value]) => text(value) !== text(own[name]))
    .map(([name, value]) => `${name} (${text(own[name])}, not ${text(value)})`);
}

/** JSON with names in order, as zod may read them in another. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
