/** The trainings whose speed is measured, sized for two cores. */
import { residualConv, residualConvConfig, type Model, type FrameWorld } from '@orrery/models';
import {
  referenceDiffusionTransformer,
  referenceTransformer,
  type TransformerSize,
} from './reference-models.ts';

export interface TrainingCase {
  readonly name: string;
  /** What it is, with its size. */
  readonly title: string;
  readonly model: Model;
  readonly world: FrameWorld;
  /** Clips an update. */
  readonly batch: number;
  /** Updates a call. */
  readonly stepsPerCall: number;
  /** What MFU must be at least, as a fraction of the best GEMM; undefined where it is only reported. */
  readonly bound?: number;
}

const world: FrameWorld = { sees: 'frames', height: 64, width: 64, channels: 3, actions: 0 };

/**
 * Two blocks of width 960 and 49 frames of 64 tokens: wide enough that the products outweigh what else touches each
 * activation, enough tokens that they outweigh what the optimizer does to each weight, and few enough blocks that an update
 * takes two cores two or three seconds. Not 48 frames: with their 3072 tokens onnxruntime's gradients of weights take 8 to 11 %
 * longer, presumably as rows of 12 KiB of transposed activations fall into the same sets of the first cache.
 */
export const transformerSize: TransformerSize = { width: 960, blocks: 2, heads: 15, expansion: 4, patch: 8 };
const FRAMES = 49;
/** What suits two cores less: reported, without a bound. */
const narrowSize: TransformerSize = { width: 512, blocks: 4, heads: 8, expansion: 4, patch: 8 };

const describe = ({ width, blocks, expansion }: TransformerSize, batch: number) =>
  `${blocks} blocks of width ${width}, MLPs ${expansion} times as wide, ${batch} frames of 64 tokens`;

export function trainingCases(): TrainingCase[] {
  const common = { world, stepsPerCall: 4 };
  return [
    {
      ...common,
      name: 'transformer',
      title: `next frame, ${describe(transformerSize, FRAMES)}`,
      model: referenceTransformer(transformerSize, world),
      ...{ batch: FRAMES, bound: 0.8 },
    },
    {
      ...common,
      name: 'diffusion transformer',
      title: `flow matching with adaLN-Zero, ${describe(transformerSize, FRAMES)}`,
      model: referenceDiffusionTransformer(transformerSize, world),
      ...{ batch: FRAMES, bound: 0.8 },
    },
    {
      ...common,
      name: 'narrow transformer',
      title: `next frame, ${describe(narrowSize, 16)}`,
      model: referenceTransformer(narrowSize, world),
      batch: 16,
    },
    {
      ...common,
      name: 'convolutional',
      title: 'residual-conv, 4 blocks of 128 channels on 16x16 cells, 8 clips of 2 predicted frames',
      model: residualConv.build(residualConvConfig.parse({ width: 128 }), world),
      ...{ batch: 8, bound: 0.5 },
    },
  ];
}
