/**
 * The contract of a model family. The trainer, the scorecard, the planner, the viewer and the launcher know this
 * contract and never the family.
 *
 * Frames inside a model are f32 in [0, 1], laid out [B, C, H, W]; actions are f32 in [-1, 1], one number for each of
 * the A actuators of a scene. The action of frame t holds from frame t to frame t + 1, as in the datasets.
 *
 * A model draws nothing: noise is an input. It declares what it needs and the host draws it from counter-based keys, so
 * that a training that continues, and every backend, sees the same numbers.
 */
import type { Shape, Tensor } from '@orrery/graph';
import type { ParameterSpec } from '@orrery/nn';
import type { z } from 'zod';

/** What a family must know of the world that it models: the sizes of what it sees and does. */
export interface World {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Numbers of an action (A); 0 where nothing acts. */
  readonly actions: number;
}

export type Parameters = Readonly<Record<string, Tensor>>;
/** What a model remembers between imagined frames; names and shapes are the family's own. */
export type State = Readonly<Record<string, Tensor>>;

export interface Clip {
  /** [B, T, C, H, W] f32 in [0, 1] */
  readonly frames: Tensor;
  /**
   * [B, T, A] f32 in [-1, 1]; absent where A is 0. Action t leads from frame t to frame t + 1; the last one leads out of
   * the clip, and hosts give 0 for it.
   */
  readonly actions?: Tensor;
}

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

export interface Model {
  /** Frames that `encode` needs. */
  readonly contextFrames: number;
  /** Frames of a training clip (T of `loss`), at least contextFrames + 1. */
  readonly clipFrames: number;
  /** Shape and initialiser of each parameter, by name. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** What is drawn anew for each call of the function of that name; nothing by default. */
  readonly noise?: Readonly<Partial<Record<'loss' | 'encode' | 'step', NoiseSpecs>>>;
  /**
   * @param clip frames [B, clipFrames, C, H, W], actions [B, clipFrames, A]
   * @param purpose a model that normalises by the batch does so to train, and by running statistics to validate
   * @param noise what `noise.loss` declares
   */
  loss(parameters: Parameters, clip: Clip, purpose: 'train' | 'validate', noise?: Noise): Loss;
  /**
   * @param context frames [B, contextFrames, C, H, W], actions [B, contextFrames, A], of which the last is not chosen
   * yet: 0
   * @param noise what `noise.encode` declares
   */
  encode(parameters: Parameters, context: Clip, noise?: Noise): State;
  /**
   * @param action [B, A], which leads from the frame before to the predicted one; absent where A is 0
   * @param noise what `noise.step` declares
   * @returns the next state and the predicted frame [B, C, H, W] in [0, 1]
   */
  step(
    parameters: Parameters,
    state: State,
    action?: Tensor,
    noise?: Noise,
  ): { readonly state: State; readonly frame: Tensor };
}

export interface Family<Config = unknown> {
  /** kebab-case, the folder's name */
  readonly name: string;
  /** One line for `--help`, with the paper. */
  readonly description: string;
  /** Flat configuration; each field has a default. */
  readonly config: z.ZodType<Config>;
  /** @throws when the configuration cannot serve this world (a patch size that does not divide the frame) */
  build(config: Config, world: World): Model;
}
