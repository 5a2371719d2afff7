/**
 * How worlds are seen: what clips of frames and of states hold, what a graph makes of them, and what it gives out. A row a
 * kind; the rest of the trainer knows none.
 */
import { add, cast, floor, mul, transpose, type DType, type Shape, type Tensor } from '@orrery/graph';
import { BODY_SIZE, MOTION_SIZE } from '@orrery/models';
import type { Clip, Family, FrameWorld, Prediction, StateWorld, World } from '@orrery/models';
import type { ClipPlace, Range, TrainingData } from './clips.ts';
import { readStates, surveyStates } from './states.ts';

export type ClipArray = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

export interface ClipArraySpec {
  readonly dtype: DType & ('u8' | 'f32');
  /** Of one clip. */
  readonly shape: Shape;
}

interface Observation<Of extends World> {
  /** @param episodes that are trained on */
  survey(data: TrainingData, episodes: Range): Promise<Of>;
  /** What a clip of some frames holds beside actions, by name; `clips`, whose first axis is time, comes first. */
  arrays(
    world: Of,
    frames: number,
  ): { readonly clips: ClipArraySpec; readonly [name: string]: ClipArraySpec };
  /** The same arrays of the clip at a place. */
  read(data: TrainingData, place: ClipPlace, frames: number): Promise<Readonly<Record<string, ClipArray>>>;
  /** What a model sees of those arrays, [B, ...] each. */
  see(arrays: Readonly<Record<string, Tensor>>): Clip;
  /** How graphs call what a model predicts. */
  readonly shown: string;
  /** What a model predicts, as a frame of `clips` is: [B, ...]. */
  show(predicted: Prediction): Tensor;
}

const frames: Observation<FrameWorld> = {
  survey: async ({ manifest: { spec, actions } }) => ({
    ...{ sees: 'frames', height: spec.height, width: spec.width, channels: 3, actions: actions.length },
  }),
  arrays: ({ height, width, channels }, time) => ({
    clips: { dtype: 'u8', shape: [time, height, width, channels] },
  }),
  async read(data, { episode, start }, length) {
    const { rgb } = await data.readClip({ episode, start, length }, ['rgb']);
    return { clips: rgb as Uint8Array<ArrayBuffer> };
  },
  see: ({ clips }) => ({ frames: toFrames(clips) }),
  shown: 'frame',
  show: (predicted) => toBytes((predicted as { frame: Tensor }).frame),
};

const states: Observation<StateWorld> = {
  survey: surveyStates,
  arrays: ({ bodies }, time) => ({
    clips: { dtype: 'f32', shape: [time, bodies, MOTION_SIZE] },
    bodies: { dtype: 'f32', shape: [bodies, BODY_SIZE] },
  }),
  async read(data, place, length) {
    const { motion, bodies } = await readStates(data, place, length);
    return { clips: motion, bodies };
  },
  see: ({ clips, bodies }) => ({ motion: clips, bodies }),
  shown: 'motion',
  show: (predicted) => (predicted as { motion: Tensor }).motion,
};

// A world is given to the row of its own kind only.
const observations: Readonly<Record<World['sees'], Observation<World>>> = {
  frames: frames as unknown as Observation<World>,
  states: states as unknown as Observation<World>,
};

export function observationOf({ sees }: Pick<Family | World, 'sees'>): Observation<World> {
  return observations[sees];
}

/** u8 [B, T, H, W, C] -> f32 [B, T, C, H, W] in [0, 1]. */
export function toFrames(clips: Tensor): Tensor {
  // Bytes are moved before they grow to floats.
  return mul(cast(transpose(clips, [0, 1, 4, 2, 3]), 'f32'), 1 / 255);
}

/** f32 [B, C, H, W] in [0, 1] -> u8 [B, H, W, C], rounded. */
function toBytes(frame: Tensor): Tensor {
  return transpose(cast(floor(add(mul(frame, 255), 0.5)), 'u8'), [0, 2, 3, 1]);
}
