import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residualConv, residualConvConfig, type FrameWorld } from '@orrery/models';
import { describe, expect, test } from 'vitest';
import { checkLosses, runJaxJs, runTensorFlowJs } from './benchmarks/train/peers/run.ts';
import { measurePerceptron } from './benchmarks/train/perceptron.ts';
import { referenceDiffusionTransformer, referenceTransformer } from './benchmarks/train/reference-models.ts';
import { measureUtilisation } from './benchmarks/train/utilisation.ts';

const world: FrameWorld = { sees: 'frames', height: 32, width: 32, channels: 3, actions: 0 };
const size = { width: 32, blocks: 2, heads: 4, expansion: 4, patch: 8 };

// Speeds are the machine's; what must hold on any is that the models train and every part is measured.
describe('bench train', () => {
  test.each([
    ['transformer', referenceTransformer(size, world)],
    ['diffusion transformer', referenceDiffusionTransformer(size, world)],
    ['convolutional', residualConv.build(residualConvConfig.parse({ width: 8, blocks: 1 }), world)],
  ])('%s: a small one trains, beside the GEMM', async (name, model) => {
    const training = { ...{ name, title: name, model, world }, batch: 4, stepsPerCall: 20, bound: 0.5 };
    const { losses, mfu, median, gflops, best } = await measureUtilisation(training, 1, 2);
    expect(losses).toHaveLength(20);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(mfu).toBeCloseTo(gflops / best, 10);
    for (const fraction of [mfu, median]) {
      expect(fraction).toBeGreaterThan(0.001);
      expect(fraction).toBeLessThan(1.5);
    }
  });

  test('jax-js and TensorFlow.js train the same perceptron', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orrery-bench-'));
    try {
      const { losses } = await measurePerceptron(1);
      for (const [peer, result] of Object.entries({
        'jax-js': await runJaxJs(),
        'TensorFlow.js': await runTensorFlowJs(folder),
      })) {
        if ('missing' in result) throw new Error(`${peer}: ${result.missing}`);
        expect(result.losses).toHaveLength(5);
        checkLosses(peer, result.losses, losses);
        expect(() => checkLosses(peer, result.losses, losses.toReversed())).toThrow(
          `${peer}: its loss at step 1`,
        );
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
