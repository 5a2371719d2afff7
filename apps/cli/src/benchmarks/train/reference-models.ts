/** The models whose speed is measured: a transformer, a diffusion transformer and a convolutional network of frames. */
import {
  add,
  concat,
  mean,
  mul,
  reshape,
  silu,
  sliceAxis,
  square,
  sub,
  transpose,
  type Tensor,
} from '@orrery/graph';
import { type FrameModel, type FrameWorld } from '@orrery/models';
import {
  adaptiveNorm,
  attention,
  collect,
  defineLayer,
  linear,
  mlp,
  normal,
  rmsNorm,
  type Layer,
  type Parameters,
} from '@orrery/nn';

export interface TransformerSize {
  /** Features of a token. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Hidden features of an MLP, in units of the width. */
  readonly expansion: number;
  /** Side of the square of pixels that is a token. */
  readonly patch: number;
}

/**
 * The next frame from the last by a pre-norm transformer (Xiong et al., 2020) over patches (Dosovitskiy et al., 2021):
 * x + attention(norm(x)), then x + mlp(norm(x)), `blocks` times. Every token of a frame looks at every other.
 */
export function referenceTransformer(size: TransformerSize, world: FrameWorld): FrameModel {
  const { tokens, pixels } = grid(size, world);
  const embed = linear('embed', { inputs: pixels, outputs: size.width });
  const place = { place: { shape: [tokens, size.width], initialiser: normal(0.02) } };
  const blocks = Array.from({ length: size.blocks }, (_, i) => transformerBlock(`blocks.${i}`, size));
  const norm = rmsNorm('norm', { features: size.width });
  const head = linear('head', { inputs: size.width, outputs: pixels });
  return trainingOnly(collect(embed, { parameters: place }, ...blocks, norm, head), (parameters, frames) => {
    const patches = toTokens(frames, size.patch); // [B, 2, tokens, pixels]
    const [batch] = patches.shape;
    const [before, after] = [0, 1].map((t) =>
      reshape(sliceAxis(patches, 1, t, t + 1), [batch, tokens, pixels]),
    );
    let x = add(embed(parameters, before), parameters['place']!); // [B, tokens, width]
    for (const block of blocks) x = block(parameters, x);
    return mean(square(sub(head(parameters, norm(parameters, x)), after!)));
  });
}

function transformerBlock(name: string, { width, heads, expansion }: TransformerSize): Layer {
  const norms = ['first', 'second'].map((role) => rmsNorm(`${name}.${role}`, { features: width }));
  const look = attention(`${name}.attention`, { features: width, heads });
  const think = mlp(`${name}.mlp`, { widths: [width, expansion * width, width], activation: silu });
  return defineLayer(collect(...norms, look, think), (parameters, x) => {
    const seen = add(x, look(parameters, norms[0]!(parameters, x)));
    return add(seen, think(parameters, norms[1]!(parameters, seen)));
  });
}

/**
 * A diffusion transformer with adaLN-Zero (Peebles and Xie, 2023): the velocity of a straight path from the frame to noise
 * (Lipman et al., 2023), given the frame before and the noise level.
 */
export function referenceDiffusionTransformer(size: TransformerSize, world: FrameWorld): FrameModel {
  const { tokens, pixels } = grid(size, world);
  const { width } = size;
  const embed = linear('embed', { inputs: 2 * pixels, outputs: width });
  const place = { place: { shape: [tokens, width], initialiser: normal(0.02) } };
  const level = mlp('level', { widths: [1, width, width], activation: silu });
  const blocks = Array.from({ length: size.blocks }, (_, i) => conditionedBlock(`blocks.${i}`, size));
  const norm = adaptiveNorm('norm', { features: width, condition: width });
  const head = linear('head', { inputs: width, outputs: pixels });
  return trainingOnly(
    collect(embed, { parameters: place }, level, ...blocks, norm, head),
    (parameters, frames) => {
      const patches = toTokens(frames, size.patch); // [B, 3, tokens, pixels]: before, after, noise
      const [batch] = patches.shape;
      const [before, after, noise] = [0, 1, 2].map((t) =>
        reshape(sliceAxis(patches, 1, t, t + 1), [batch, tokens, pixels]),
      );
      // The level is a value that differs from clip to clip; here the mean of its noise.
      const t = mean(noise!, [1, 2], { keepDims: true }); // [B, 1, 1]
      const noisy = add(mul(after!, sub(1, t)), mul(noise!, t));
      const condition = level(parameters, reshape(t, [batch, 1]));
      let x = add(embed(parameters, concat([before!, noisy], -1)), parameters['place']!);
      for (const block of blocks) x = block(parameters, x, condition);
      const velocity = head(parameters, norm(parameters, x, condition).input);
      return mean(square(sub(velocity, sub(noise!, after!))));
    },
    3,
  );
}

function conditionedBlock(
  name: string,
  { width, heads, expansion }: TransformerSize,
): Layer<readonly [x: Tensor, condition: Tensor]> {
  const options = { features: width, condition: width };
  const norms = ['first', 'second'].map((role) => adaptiveNorm(`${name}.${role}`, options));
  const look = attention(`${name}.attention`, { features: width, heads });
  const think = mlp(`${name}.mlp`, { widths: [width, expansion * width, width], activation: silu });
  return defineLayer(collect(...norms, look, think), (parameters, x: Tensor, condition: Tensor) => {
    const [first, second] = norms;
    const before = first!(parameters, x, condition);
    const seen = add(x, mul(before.gate, look(parameters, before.input)));
    const then = second!(parameters, seen, condition);
    return add(seen, mul(then.gate, think(parameters, then.input)));
  });
}

function grid({ patch }: TransformerSize, { height, width, channels }: FrameWorld) {
  return { tokens: (height / patch) * (width / patch), pixels: channels * patch * patch };
}

/** [B, T, C, H, W] -> [B, T, tokens, C patch patch] */
function toTokens(frames: Tensor, patch: number): Tensor {
  const [batch, time, channels, height, width] = frames.shape as [number, number, number, number, number];
  const [rows, columns] = [height / patch, width / patch];
  const split = reshape(frames, [batch, time, channels, rows, patch, columns, patch]);
  const moved = transpose(split, [0, 1, 3, 5, 2, 4, 6]);
  return reshape(moved, [batch, time, rows * columns, channels * patch * patch]);
}

/** A model that is trained and measured, never asked to imagine. */
function trainingOnly(
  parameters: FrameModel['parameters'],
  loss: (parameters: Parameters, frames: Tensor) => Tensor,
  clipFrames = 2,
): FrameModel {
  const refuse = () => {
    throw new Error('reference model: it is there to be measured; imagine with a model family');
  };
  return {
    contextFrames: 1,
    clipFrames,
    parameters,
    loss: (given, { frames }) => ({ loss: loss(given, frames), metrics: {} }),
    encode: refuse,
    step: refuse,
  };
}
