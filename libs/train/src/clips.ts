/** Which clips a training sees, in which order, and what they hold. */
import type { Dataset } from '@orrery/dataset';
import type { World } from '@orrery/models';
import { permutation, foldIn, type Key } from '@orrery/random';
import { observationOf, type ClipArray } from './observation.ts';

/** What of a dataset training needs. */
export type TrainingData = Pick<Dataset, 'manifest' | 'frames' | 'readClip' | 'readScene'>;

export interface ClipPlace {
  readonly episode: number;
  readonly start: number;
}

/** Episodes [start, start + count). */
export interface Range {
  readonly start: number;
  readonly count: number;
}

/**
 * The training split, its last part held out for validation.
 * @param fraction of the episodes to hold out: at least one unless it is 0
 * @throws when the dataset has no training split, or nothing would remain
 */
export function splitTraining(
  { manifest }: Pick<Dataset, 'manifest'>,
  fraction: number,
): { readonly train: Range; readonly validation: Range } {
  const { train } = manifest.splits;
  const held = fraction === 0 || !train ? 0 : Math.max(1, Math.round(train.count * fraction));
  if (!train || held >= train.count) {
    throw new Error(
      `dataset "${manifest.spec.name}": ${train?.count ?? 0} training episodes, ${held} of them for validation; generate more episodes`,
    );
  }
  const count = train.count - held;
  return {
    train: { start: train.start, count },
    validation: { start: train.start + count, count: held },
  };
}

/**
 * An endless order of clips: each epoch is a permutation of all (episode, start) of its own key, so that the clip at
 * any position is known without those before it.
 */
export interface ClipOrder {
  /** Clips of an epoch. */
  readonly length: number;
  /** The clip at position 0, 1, ... over all epochs. */
  at(position: number): ClipPlace;
}

/** @throws when episodes are shorter than a clip */
export function clipOrder(
  data: Pick<TrainingData, 'manifest' | 'frames'>,
  episodes: Range,
  clipFrames: number,
  key: Key,
): ClipOrder {
  const starts = data.frames - clipFrames + 1;
  if (starts < 1) {
    throw new Error(
      `dataset "${data.manifest.spec.name}": episodes of ${data.frames} frames are shorter than clips of ${clipFrames}; lower the model's "unroll" or "context", or generate longer episodes`,
    );
  }
  const length = episodes.count * starts;
  let current: { readonly epoch: number; readonly order: Uint32Array } | undefined;
  return {
    length,
    at(position) {
      const epoch = Math.floor(position / length);
      if (current?.epoch !== epoch) current = { epoch, order: permutation(foldIn(key, epoch), length) };
      const index = current.order[position % length];
      return { episode: episodes.start + Math.floor(index / starts), start: index % starts };
    },
  };
}

/**
 * Clips behind each other, by the names of the graph's inputs: `clips` u8 [clips, T, H, W, 3], or f32 [clips, T, N, 13] with
 * `bodies` [clips, N, 12]; and `actions` f32 [clips, T, A], absent where nothing acts. Action t leads from frame t to the
 * next; the last, which leads out of the clip, is 0.
 */
export type Clips = Readonly<Record<string, ClipArray>>;

/** @returns `places.length` clips */
export async function readClips(
  data: TrainingData,
  places: readonly ClipPlace[],
  clipFrames: number,
  sees: World['sees'] = 'frames',
): Promise<Clips> {
  const { read } = observationOf({ sees });
  const each = await Promise.all(
    places.map(async (place) => {
      const [seen, acted] = await Promise.all([
        read(data, place, clipFrames),
        readActions(data, place, clipFrames),
      ]);
      return { ...seen, ...acted };
    }),
  );
  const names = Object.keys(each[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, joined(each.map((clip) => clip[name]))]));
}

async function readActions(
  data: TrainingData,
  { episode, start }: ClipPlace,
  length: number,
): Promise<Readonly<Record<string, ClipArray>>> {
  const size = data.manifest.actions.length;
  if (size === 0) return {};
  const { action } = await data.readClip({ episode, start, length }, ['action']);
  const actions = Float32Array.from(action);
  return { actions: actions.fill(0, actions.length - size) };
}

function joined(parts: readonly ClipArray[]): ClipArray {
  const [{ length, constructor }] = parts;
  const whole = new (constructor as Float32ArrayConstructor)(parts.length * length);
  parts.forEach((part, i) => whole.set(part, i * length));
  return whole;
}
