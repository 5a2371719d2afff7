/** For tests: a dataset in memory, coloured squares of 3 pixels that move one pixel a frame and wrap around. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clip, Manifest } from '@orrery/dataset';
import type { TrainingData } from './clips.ts';
import type { TrainOptions } from './train.ts';

export const SIDE = 8;
const FRAMES = 6;
const TRAIN = 32;
const TEST = 2;

const manifest: Manifest = {
  format: 'orrery.dataset',
  version: 2,
  size: 'tiny',
  spec: {
    name: 'squares',
    scene: 'none',
    sceneConfig: {},
    frames: FRAMES,
    episodes: { train: TRAIN, test: TEST, shifted: 0, pairs: 0 },
    width: SIDE,
    height: SIDE,
    pictures: ['rgb'],
  },
  seed: 0,
  generator: '1',
  dt: 1,
  units: {},
  bodies: [],
  actions: [],
  camera: null,
  factors: {},
  splits: { train: { start: 0, count: TRAIN }, test: { start: TRAIN, count: TEST } },
  checksums: { arrays: {}, dataset: 'c0ffee', files: {}, manifest: '' },
};

/** [length, 8, 8, 3] */
export function squares(episode: number, start: number, length: number): Uint8Array {
  const frames = new Uint8Array(length * SIDE * SIDE * 3).fill(40);
  for (let t = 0; t < length; t++) {
    for (let i = 0; i < 9; i++) {
      const x = (3 * episode + start + t + (i % 3)) % SIDE;
      const y = (5 * episode + Math.floor(i / 3)) % SIDE;
      frames[((t * SIDE + y) * SIDE + x) * 3 + (episode % 3)] = 230;
    }
  }
  return frames;
}

export const movingSquares = {
  manifest,
  frames: FRAMES,
  async readClip({ episode, start, length }: Clip) {
    return { rgb: squares(episode, start, length) };
  },
} as unknown as TrainingData;

/** A small model, trained for 12 steps in calls of 3. */
export function smallTraining(folder: string, training: TrainOptions['training'] = {}): TrainOptions {
  return {
    folder,
    family: 'residual-conv',
    config: { width: 6, blocks: 1, unroll: 2 },
    training: {
      ...{ steps: 12, batch: 4, stepsPerCall: 3, warmup: 2, checkpointEvery: 6, validateEvery: 6 },
      ...{ validationClips: 4, threads: 1, optimizer: 'muon', learningRate: 0.02, average: 0.7 },
      ...training,
    },
    dataset: movingSquares,
    datasetPath: 'data/squares',
    revision: 'test',
  };
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'orrery-train-'));
}
