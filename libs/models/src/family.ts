/**
 * The contract of a model family. The trainer, the scorecard, the planner, the viewer and the launcher know this
 * contract and never the family.
 *
 * A family sees frames or states. Frames inside a model are f32 in [0, 1], laid out [B, C, H, W]. States are f32 in SI
 * units: the motion of each of N bodies [B, N, 13] and what each body is [B, N, 12], laid out as states/layout.ts says.
 * Actions are f32 in [-1, 1], one number for each of the A actuators of a scene. The action of frame t holds from frame t
 * to frame t + 1, as in the datasets.
 *
 * A model draws nothing: noise is an input. It declares what it needs and the host draws it from counter-based keys, so
 * that a training that continues, and every backend, sees the same numbers.
 */
import type { Shape, Tensor } from '@orrery/graph';
import type { ParameterSpec } from '@orrery/nn';
import type { z } from 'zod';
import type { StateStatistics } from './states/statistics.ts';

/** What a family must know of the world that it models: the sizes of what it sees and does. */
export type World = FrameWorld | StateWorld;

export interface FrameWorld {
  readonly sees: 'frames';
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Numbers of an action (A); 0 where nothing acts. */
  readonly actions: number;
}

export interface StateWorld {
  readonly sees: 'states';
  /** N, of every episode; what a scene lacks is there and absent. */
  readonly bodies: number;
  /** Indices of the M bodies that move in some episode, ascending; all others stand still in each. */
  readonly moving: readonly number[];
  /** Seconds between frames. */
  readonly dt: number;
  /** Numbers of an action (A); 0 where nothing acts. */
  readonly actions: number;
  /** Of the episodes that are trained on: what normalises inputs and outputs. */
  readonly statistics: StateStatistics;
}

export type Parameters = Readonly<Record<string, Tensor>>;
/** What a model remembers between imagined frames; names and shapes are the family's own. */
export type State = Readonly<Record<string, Tensor>>;

/** What a model is shown: clips of T frames. */
export type Clip = FrameClip | StateClip;

interface Acted {
  /**
   * [B, T, A] f32 in [-1, 1]; absent where A is 0. Action t leads from frame t to frame t + 1; the last one leads out of
   * the clip, and hosts give 0 for it.
   */
  readonly actions?: Tensor;
}

export interface FrameClip extends Acted {
  /** [B, T, C, H, W] f32 in [0, 1] */
  readonly frames: Tensor;
}

export interface StateClip extends Acted {
  /** [B, T, N, 13] f32: where each body is and how it moves */
  readonly motion: Tensor;
  /** [B, N, 12] f32: what each body is, the same in all frames */
  readonly bodies: Tensor;
}

/** What a model predicts of the next frame: [B, C, H, W] in [0, 1], or the motion [B, N, 13]. */
export type Prediction = { readonly frame: Tensor } | { readonly motion: Tensor };

/** Noise that a model needs: independent draws, by name. */
export type NoiseSpecs = Readonly<Record<string, NoiseSpec>>;
export interface NoiseSpec {
  /** Of one clip: the input is [B, ...shape]. */
  readonly shape: Shape;
  /** Standard normal, or uniform in [0, 1). */
  readonly distribution: 'normal' | 'uniform';
}
/** What was drawn, f32 [B, ...shape] by name. */
export type Noise = Readonly<Record<string, Tensor>>;

export interface Loss {
  /** scalar, minimised */
  readonly loss: Tensor;
  /** scalars to log beside the loss */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** the next value of each parameter that is not learned, by name: running statistics; none by default */
  readonly statistics?: Parameters;
}

/** A model of frames or of states; hosts that hold a `Model` show it clips of the world that it was built for. */
export interface Model<Seen extends Clip = Clip, Shown extends Prediction = Prediction> {
  /** Frames that `encode` needs. */
  readonly contextFrames: number;
  /** Frames of a training clip (T of `loss`), at least contextFrames + 1. */
  readonly clipFrames: number;
  /** Shape and initialiser of each parameter, by name. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** What is drawn anew for each call of the function of that name; nothing by default. */
  readonly noise?: Readonly<Partial<Record<'loss' | 'encode' | 'step', NoiseSpecs>>>;
  /**
   * @param clip of clipFrames frames
   * @param purpose a model that normalises by the batch does so to train, and by running statistics to validate
   * @param noise what `noise.loss` declares
   */
  loss(parameters: Parameters, clip: Seen, purpose: 'train' | 'validate', noise?: Noise): Loss;
  /**
   * @param context of contextFrames frames; the last of its actions is not chosen yet: 0
   * @param noise what `noise.encode` declares
   */
  encode(parameters: Parameters, context: Seen, noise?: Noise): State;
  /**
   * @param action [B, A], which leads from the frame before to the predicted one; absent where A is 0
   * @param noise what `noise.step` declares
   * @returns the next state and what is predicted of the next frame
   */
  step(
    parameters: Parameters,
    state: State,
    action?: Tensor,
    noise?: Noise,
  ): { readonly state: State } & Shown;
}

export type FrameModel = Model<FrameClip, { readonly frame: Tensor }>;
export type StateModel = Model<StateClip, { readonly motion: Tensor }>;

interface Described<Config> {
  /** kebab-case, the folder's name */
  readonly name: string;
  /** One line for `--help`, with the paper. */
  readonly description: string;
  /** Flat configuration; each field has a default. */
  readonly config: z.ZodType<Config>;
  /** What of the trainer's settings suits the family where their defaults do not. */
  readonly training?: Readonly<Record<string, number | string>>;
}

export interface FrameFamily<Config = unknown> extends Described<Config> {
  readonly sees: 'frames';
  /** @throws when the configuration cannot serve this world (a patch size that does not divide the frame) */
  build(config: Config, world: FrameWorld): FrameModel;
}

export interface StateFamily<Config = unknown> extends Described<Config> {
  readonly sees: 'states';
  /** @throws when the configuration cannot serve this world */
  build(config: Config, world: StateWorld): StateModel;
}

export type Family<Config = unknown> = FrameFamily<Config> | StateFamily<Config>;

/**
 * The model of a configuration in a world.
 * @throws when the world is of the other kind, or the configuration cannot serve it
 */
export function buildModel<Config>(family: Family<Config>, config: Config, world: World): Model {
  if (family.sees === 'frames' && world.sees === 'frames') return family.build(config, world);
  if (family.sees === 'states' && world.sees === 'states') return family.build(config, world);
  throw new Error(
    `${family.name}: it sees ${family.sees}, and the world is one of ${world.sees}; give the other`,
  );
}
