/**
 * The contract of a model family. The trainer, the scorecard, the planner, the viewer and the launcher know this
 * contract and never the family.
 *
 * Frames inside a model are f32 in [0, 1], laid out [B, C, H, W].
 */
import type { Tensor } from '@orrery/graph';
import type { ParameterSpec } from '@orrery/nn';
import type { z } from 'zod';

/** What a family must know of the world that it models: the sizes of what it sees and does. */
export interface World {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export type Parameters = Readonly<Record<string, Tensor>>;
/** What a model remembers between imagined frames; names and shapes are the family's own. */
export type State = Readonly<Record<string, Tensor>>;

export interface Clip {
  /** [B, T, C, H, W] f32 in [0, 1] */
  readonly frames: Tensor;
}

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
  /**
   * @param clip frames [B, clipFrames, C, H, W]
   * @param purpose a model that normalises by the batch does so to train, and by running statistics to validate
   */
  loss(parameters: Parameters, clip: Clip, purpose: 'train' | 'validate'): Loss;
  /** @param context frames [B, contextFrames, C, H, W] */
  encode(parameters: Parameters, context: Clip): State;
  /** @returns the next state and the predicted frame [B, C, H, W] in [0, 1] */
  step(parameters: Parameters, state: State): { readonly state: State; readonly frame: Tensor };
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
