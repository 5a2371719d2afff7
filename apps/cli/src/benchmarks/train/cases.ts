/** The trainings whose speed is measured, sized for two cores. */
import { residualConv, residualConvConfig, type Model, type World } from '@orrery/models';
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
  readonly world: World;
  /** Clips an update. */
  readonly batch: number;
  /** Updates a call. */
  readonly stepsPerCall: number;
  /** What MFU must be at least, as a fraction of the best GEMM. */
  readonly bound: number;
}

const world: World = { height: 64, width: 64, channels: 3 };

/**
 * Four blocks of width 512 whose MLPs are eight times as wide, 64 tokens a frame: wide enough that the products outweigh
 * what else touches each activation, and few enough blocks that an update takes two cores a second or two.
 */
export const transformerSize: TransformerSize = { width: 512, blocks: 4, heads: 8, expansion: 8, patch: 8 };

const describe = ({ width, blocks, expansion }: TransformerSize, batch: number) =>
  `${blocks} blocks of width ${width}, MLPs ${expansion} times as wide, ${batch} frames of 64 tokens`;

export function trainingCases(): TrainingCase[] {
  const common = { world, stepsPerCall: 4 };
  return [
    {
      ...common,
      name: 'transformer',
      title: `next frame, ${describe(transformerSize, 32)}`,
      model: referenceTransformer(transformerSize, world),
      ...{ batch: 32, bound: 0.8 },
    },
    {
      ...common,
      name: 'diffusion transformer',
      title: `flow matching with adaLN-Zero, ${describe(transformerSize, 32)}`,
      model: referenceDiffusionTransformer(transformerSize, world),
      ...{ batch: 32, bound: 0.8 },
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
