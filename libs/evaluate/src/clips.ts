/** Which clips of a dataset are predicted, and what they hold. */
import type { Dataset } from '@orrery/dataset';
import { MOTION_SIZE } from '@orrery/models';
import { foldIn, type Key } from '@orrery/random';
import type { Scene } from '@orrery/scene';
import { readStates, type States } from '@orrery/train';
import type { Context } from './predictors/predictor.ts';

export interface ClipPlan {
  /** Frames given. */
  readonly context: number;
  /** Frames predicted. */
  readonly longest: number;
  /** One a rollout. */
  readonly clips: readonly { readonly episode: number; readonly start: number }[];
}

export interface ClipRequest {
  readonly split: string;
  readonly context: number;
  /** Frames that must be predicted. */
  readonly horizon: number;
  /** Frames to predict where episodes are long enough. */
  readonly longest: number;
  /** At most. */
  readonly episodes: number;
  /** Clips of an episode. */
  readonly starts: number;
}

/**
 * Fixed starts: early ones in the first episodes, late ones in the last, `starts` of them evenly apart in each; the
 * same for the same dataset and request.
 * @throws when the dataset lacks the split or its episodes are too short
 */
export function planClips({ manifest, frames }: Dataset, request: ClipRequest): ClipPlan {
  const { context, horizon } = request;
  const { name } = manifest.spec;
  const split = manifest.splits[request.split];
  if (!split)
    throw new Error(
      `dataset "${name}": no split "${request.split}"; it has ${Object.keys(manifest.splits).join(', ')}`,
    );
  if (frames < context + horizon)
    throw new Error(
      `dataset "${name}": episodes of ${frames} frames, but ${context} context frames and a horizon of ${horizon} need ${context + horizon}; choose a shorter horizon or generate longer episodes`,
    );
  const longest = Math.min(Math.max(request.longest, horizon), frames - context);
  const latest = frames - context - longest;
  const starts = Math.min(request.starts, latest + 1);
  const count = Math.min(request.episodes, split.count);
  const clips = Array.from({ length: count }, (_, i) =>
    Array.from({ length: starts }, (_, s) => ({
      episode: split.start + i,
      start: Math.floor(((s + (i + 0.5) / count) / starts) * (latest + 1)),
    })),
  ).flat();
  return { context, longest, clips };
}

/** What happened in one clip of T = context + longest frames. */
export interface TrueClip {
  readonly episode: number;
  readonly start: number;
  readonly scene: Scene;
  readonly width: number;
  readonly height: number;
  /** [T, H, W, 3] u8 */
  readonly frames: Uint8Array;
  /** [T, N, 3] m */
  readonly position: Float32Array;
  /** [T, N, 4] x, y, z, w */
  readonly quaternion: Float32Array;
  /** [T] pairs of bodies (a < b) that touched since the frame before; undefined where the dataset does not record it */
  readonly contacts?: readonly (readonly (readonly [number, number])[])[] | undefined;
  /** [T, A] what acted from each frame to the next; undefined where nothing acts */
  readonly actions?: Float32Array | undefined;
  /** Of all T frames; undefined where the dataset does not record velocities */
  readonly states?: States | undefined;
}

export async function readTrueClip(
  dataset: Dataset,
  { context, longest }: Pick<ClipPlan, 'context' | 'longest'>,
  { episode, start }: ClipPlan['clips'][number],
): Promise<TrueClip> {
  const { width, height } = dataset.manifest.spec;
  const clip = { episode, start, length: context + longest };
  const [scene, arrays, recorded, acted, states] = await Promise.all([
    dataset.readScene(episode),
    dataset.readClip(clip, ['rgb', 'position', 'quaternion']),
    dataset.arrays.includes('contact') ? dataset.readClip(clip, ['contact']) : undefined,
    dataset.manifest.actions.length > 0 ? dataset.readClip(clip, ['action']) : undefined,
    dataset.arrays.includes('velocity') ? readStates(dataset, { episode, start }, clip.length) : undefined,
  ]);
  const { rgb, position, quaternion } = arrays;
  const contacts = recorded && contactPairs(recorded.contact, clip.length);
  const clipOf = { episode, start, scene, width, height, frames: rgb, position, quaternion };
  return { ...clipOf, contacts, actions: acted?.action, states };
}

/**
 * What a predictor is given of a clip.
 * @param context frames
 * @param seedKey from which the clip's own key is made
 */
export function contextOf(clip: TrueClip, context: number, seedKey: Key): Context {
  const { frames, position, quaternion, width, height, scene, actions, states, episode, start } = clip;
  const n = scene.bodies.length;
  return {
    frames: frames.subarray(0, context * width * height * 3),
    ...{ count: context, width, height, scene, actions },
    key: foldIn(foldIn(seedKey, episode), start),
    states: states && {
      motion: states.motion.subarray(0, MOTION_SIZE * n * context),
      bodies: states.bodies,
    },
    future: {
      frame: start + context,
      position: position.subarray(3 * n * context),
      quaternion: quaternion.subarray(4 * n * context),
    },
  };
}

/** Numbers of a contact in the array `contact`, of which the first two are the bodies. */
const CONTACT_FIELDS = 9;

/** @param contact [T, C, 9], NaN after the last contact of a frame */
function contactPairs(contact: Float32Array, frames: number): [number, number][][] {
  const slots = contact.length / frames / CONTACT_FIELDS;
  return Array.from({ length: frames }, (_, t) =>
    Array.from({ length: slots }, (_, slot): [number, number] => {
      const at = (t * slots + slot) * CONTACT_FIELDS;
      return [contact[at], contact[at + 1]];
    }).filter(([a]) => !Number.isNaN(a)),
  );
}
