/** Reads a whole dataset once, episode by episode, and measures it. */
import { join } from 'node:path';
import { arrayTable, type ArrayName, type Dataset, type EpisodeRecord } from '@orrery/dataset';
import { folderBytes } from '@orrery/storage';
import { gatherMoments } from './moments.ts';
import type {
  ActionStatistics,
  ArrayStatistics,
  DatasetStatistics,
  FactorStatistics,
  SplitStatistics,
} from './schema.ts';

export interface MeasureOptions {
  readonly dataset: Dataset;
  /** Where it lies, for the sizes of its files. */
  readonly folder: string;
  /** Called with the number of episodes done. */
  readonly onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws where a shard is missing or damaged; the signal's reason where it was aborted */
export async function measureDataset(options: MeasureOptions): Promise<DatasetStatistics> {
  const { dataset, signal } = options;
  const { manifest, arrays, episodes, frames } = dataset;
  const values = Object.fromEntries(arrays.map((name) => [name, gatherMoments()]));
  const splits = Object.entries(manifest.splits).map(([name, split]) => ({
    name,
    split,
    ...gatherSplit(dataset, split.factor),
  }));
  const actions = manifest.actions.map(() => gatherAction());
  for (let episode = 0; episode < episodes; episode++) {
    signal?.throwIfAborted();
    const clip = await dataset.readClip({ episode, start: 0, length: frames }, arrays);
    for (const name of arrays) values[name]!.add(clip[name]);
    splits
      .find(({ split }) => episode >= split.start && episode < split.start + split.count)
      ?.add(clip.contact_count, clip.energy, await dataset.readEpisode(episode));
    // The last frame has no action: nothing follows it.
    if ('action' in clip)
      actions.forEach((action, i) =>
        action.add(Array.from({ length: frames - 1 }, (_, t) => clip.action[t * actions.length + i]!)),
      );
    options.onProgress?.({ done: episode + 1, total: episodes });
  }
  const { spec, size, seed, generator, checksums } = manifest;
  return {
    dataset: { name: spec.name, size, seed, generator, checksum: checksums.dataset },
    episodes,
    frames,
    seconds: episodes * frames * manifest.dt,
    arrays: Object.fromEntries(
      await Promise.all(
        arrays.map(async (name) => [name, await arrayStatistics(options, name, values[name]!)] as const),
      ),
    ),
    splits: Object.fromEntries(splits.map(({ name, result }) => [name, result()])),
    actions: Object.fromEntries(
      manifest.actions.map(({ name, unit, limit }, i) => [name, { unit, limit, ...actions[i]!.result() }]),
    ),
  };
}

async function arrayStatistics(
  { dataset, folder }: MeasureOptions,
  name: ArrayName,
  values: ReturnType<typeof gatherMoments>,
): Promise<ArrayStatistics> {
  const shape = await dataset.shape(name);
  const { dtype, unit } = arrayTable[name];
  const bytes = shape.reduce((a, b) => a * b, 1) * { uint8: 1, int32: 4, float32: 4, float64: 8 }[dtype];
  const stored = await folderBytes(join(folder, name));
  return { dtype, shape, unit, bytes, stored, ratio: bytes / stored, ...values.result() };
}

function gatherSplit({ manifest, frames }: Dataset, shifted: string | undefined) {
  const contacts = gatherMoments();
  const change = gatherMoments();
  const factors = Object.keys(manifest.factors).map((name) => ({ name, drawn: gatherMoments() }));
  let [episodes, touching, rise] = [0, 0, 0];
  return {
    add(contactCount: Int32Array, energy: Float64Array, record: EpisodeRecord): void {
      episodes++;
      contacts.add(contactCount);
      touching += contactCount.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
      const largest = energy.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      if (largest > 0) {
        change.add([(energy.at(-1)! - energy[0]!) / largest]);
        for (let t = 1; t < energy.length; t++)
          rise = Math.max(rise, (energy[t]! - energy[t - 1]!) / largest);
      }
      for (const { name, drawn } of factors) drawn.add(drawnValues(record.scene.factors, name));
    },
    result(): SplitStatistics {
      return {
        episodes,
        frames: episodes * frames,
        framesWithContacts: touching / Math.max(1, episodes * frames),
        contacts: contacts.result(),
        energyChange: change.result(),
        energyRise: rise,
        factors: Object.fromEntries(
          factors.map(({ name, drawn }) => [
            name,
            factorStatistics(manifest.factors[name]!, name === shifted, drawn.result()),
          ]),
        ),
      };
    },
  };
}

/** What a scene drew for a factor: under its own name, or for each body under "<body>_<factor>". */
function drawnValues(drawn: Readonly<Record<string, number>>, factor: string): number[] {
  return Object.entries(drawn).flatMap(([name, value]) =>
    name === factor || name.endsWith(`_${factor}`) ? [value] : [],
  );
}

function factorStatistics(
  { unit, range, shifted }: Dataset['manifest']['factors'][string],
  isShifted: boolean,
  drawn: FactorStatistics['drawn'],
): FactorStatistics {
  const declared = isShifted ? shifted : range;
  // A draw is a float32; its bounds may round to just outside.
  const slack = 1e-6 * Math.max(1, Math.abs(declared[0]), Math.abs(declared[1]));
  const inside =
    drawn.minimum === null || (drawn.minimum >= declared[0] - slack && drawn.maximum! <= declared[1] + slack);
  return { unit, drawn, declared, inside };
}

const BINS = 10;

function gatherAction() {
  const moments = gatherMoments();
  const counts = new Array<number>(BINS).fill(0);
  return {
    add(values: readonly number[]): void {
      moments.add(values);
      for (const value of values) {
        const bin = Math.floor(((value + 1) / 2) * BINS);
        counts[Math.min(BINS - 1, Math.max(0, bin))]!++;
      }
    },
    result(): Omit<ActionStatistics, 'unit' | 'limit'> {
      const own = moments.result();
      return { ...own, histogram: counts.map((count) => count / Math.max(1, own.count)) };
    },
  };
}
