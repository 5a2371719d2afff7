/** The residual convolutional family on frames of the scenes: three frames are given, it goes on from its own predictions. */
import { residualConv } from '@orrery/models';
import { muon, parameterCount, schedule } from '@orrery/nn';
import { key } from '@orrery/random';
import {
  createImagination,
  fit,
  toFrames,
  type FitOptions,
  type FitResult,
  type SampleSource,
} from '@orrery/train';
import { CONTEXT } from './errors.ts';
import { drawFrame, FRAME_BYTES, pathIn, PIXELS } from './pixels.ts';
import type { Scene } from './scenes.ts';
import { FRAMES } from './worlds.ts';

export const pixelRecipe = {
  model: { context: CONTEXT, unroll: 3, patch: 4, width: 48, blocks: 3 },
  batch: 16,
  steps: 3000,
  learningRate: 4e-3,
  average: 0.998,
  validateEvery: 500,
} as const;

/** Scenes at the end of the training ones that are held out to choose weights by. */
const HELD_OUT = 200;
/** Windows between two of them that are looked at: no divisor of a scene's, so that all starts come up. */
const APART = 26;
/** Scenes that are imagined at a time. */
const TOGETHER = 64;
const WINDOW = CONTEXT + pixelRecipe.model.unroll;
/** Windows of a scene. */
const EACH = FRAMES - WINDOW + 1;
const world = { sees: 'frames', height: PIXELS, width: PIXELS, channels: 3, actions: 0 } as const;

export interface PixelModel {
  readonly parameters: number;
  readonly fitted: FitResult;
  /** Goes on from the first three frames of each scene by itself. @returns [32, balls, 2] m each, found in its frames */
  imagine(scenes: readonly Scene[]): Promise<Float64Array[]>;
}

export async function trainPixelModel(
  scenes: readonly Scene[],
  seed: number,
  options: Partial<Pick<FitOptions, 'threads' | 'budget' | 'signal' | 'onProgress' | 'steps'>> = {},
): Promise<PixelModel> {
  const model = residualConv.build(residualConv.config.parse(pixelRecipe.model), world);
  const { steps = pixelRecipe.steps, ...others } = options;
  const { learningRate: peak, batch, average, validateEvery } = pixelRecipe;
  const fitted = await fit({
    parameters: model.parameters,
    loss: (parameters, { frames }) => model.loss(parameters, { frames: toFrames(frames) }, 'train').loss,
    training: windows(scenes.slice(0, -HELD_OUT)),
    validation: windows(scenes.slice(-HELD_OUT), APART),
    optimizer: muon(),
    learningRate: schedule('cosine', { peak, steps }),
    ...{ steps, batch, average, validateEvery, order: 'draws', clip: 1, stepsPerCall: 20, key: key(seed) },
    ...others,
  });
  return {
    parameters: parameterCount(model.parameters),
    fitted,
    imagine: (given) => imagine({ model, parameters: fitted.parameters, run: { world } }, given),
  };
}

/** Frame `i` of many. */
const frameOf = (frames: Uint8Array, i: number) => frames.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES);

/** Every so many of all windows of frames, drawn when they are read. */
function windows(scenes: readonly Scene[], apart = 1): SampleSource {
  const shape = [WINDOW, PIXELS, PIXELS, 3];
  return {
    count: Math.ceil((scenes.length * EACH) / apart),
    inputs: { frames: { dtype: 'u8', shape } },
    read(indices) {
      const frames = new Uint8Array(indices.length * WINDOW * FRAME_BYTES);
      indices.forEach((index, i) => {
        const window = index * apart;
        const [scene, start] = [scenes[Math.floor(window / EACH)], window % EACH];
        for (let k = 0; k < WINDOW; k++) {
          drawFrame(scene, start + k, frameOf(frames, i * WINDOW + k));
        }
      });
      return { frames };
    },
  };
}

async function imagine(
  trained: Parameters<typeof createImagination>[0],
  scenes: readonly Scene[],
): Promise<Float64Array[]> {
  const imagination = createImagination(trained, { threads: 1 });
  const steps = FRAMES - CONTEXT;
  try {
    const paths: Float64Array[] = [];
    for (let first = 0; first < scenes.length; first += TOGETHER) {
      const some = scenes.slice(first, first + TOGETHER);
      const context = new Uint8Array(some.length * CONTEXT * FRAME_BYTES);
      some.forEach((scene, i) => {
        for (let k = 0; k < CONTEXT; k++) drawFrame(scene, k, frameOf(context, i * CONTEXT + k));
      });
      const frames = (await imagination.rollout({ context }, some.length, steps)) as Uint8Array;
      some.forEach(({ radii }, i) => {
        paths.push(
          pathIn(radii.length, (frame) =>
            frame < CONTEXT
              ? frameOf(context, i * CONTEXT + frame)
              : frameOf(frames, i * steps + frame - CONTEXT),
          ),
        );
      });
    }
    return paths;
  } finally {
    await imagination.close();
  }
}
