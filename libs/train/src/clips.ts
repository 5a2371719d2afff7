/** Which clips a training sees, in which order, and what they hold. */
import type { Dataset } from '@orrery/dataset';
import { permutation, foldIn, type Key } from '@orrery/random';

/** What of a dataset training needs. */
export type TrainingData = Pick<Dataset, 'manifest' | 'frames' | 'readClip'>;

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

/** Clips behind each other, T frames each. */
export interface Clips {
  /** [clips, T, H, W, 3] u8 */
  readonly frames: Uint8Array<ArrayBuffer>;
  /**
   * [clips, T, A] f32, absent where nothing acts. Action t leads from frame t to the next; the last, which leads out of
   * the clip, is 0.
   */
  readonly actions?: Float32Array<ArrayBuffer>;
}

/** Clips as the inputs of a graph (`clipInputs`). */
export function clipFeeds({ frames, actions }: Clips): Record<string, Uint8Array | Float32Array> {
  return actions ? { clips: frames, actions } : { clips: frames };
}

/** @returns `places.length` clips */
export async function readClips(
  data: TrainingData,
  places: readonly ClipPlace[],
  clipFrames: number,
): Promise<Clips> {
  const { actions: actuators, spec } = data.manifest;
  const bytes = clipFrames * spec.height * spec.width * 3;
  const numbers = clipFrames * actuators.length;
  const frames = new Uint8Array(places.length * bytes);
  const actions = new Float32Array(places.length * numbers);
  await Promise.all(
    places.map(async ({ episode, start }, i) => {
      const clip = { episode, start, length: clipFrames };
      const rgb = frames.subarray(i * bytes, (i + 1) * bytes);
      if (actuators.length === 0) return data.readClip(clip, ['rgb'], { rgb });
      const action = actions.subarray(i * numbers, (i + 1) * numbers);
      await data.readClip(clip, ['rgb', 'action'], { rgb, action });
      action.fill(0, numbers - actuators.length);
    }),
  );
  return actuators.length === 0 ? { frames } : { frames, actions };
}
