/**
 * Accelerators. Peaks are dense. A chip may have several peaks of one dtype: they differ in who defines them. Links are both
 * directions together: NVIDIA says so of NVLink; of NeuronLink AWS does not say, and the slower reading is taken.
 */
import type { Chip, Peak } from './schema.ts';
import { figure, type SourceName } from './sources.ts';

const peak = (id: string, dtype: Peak['dtype'], tflops: number, of: SourceName): Peak => ({
  ...{ id, dtype, tflops: figure(tflops, of) },
});

const gpu = {
  ...{ kind: 'nvidia' as const, cores: 1, logicalCores: [1] },
};

export const chips: Readonly<Record<string, Chip>> = {
  trainium1: {
    ...{ kind: 'neuron', target: 'trn1', cores: 2, logicalCores: [1] },
    peaks: [
      peak('trn1.bf16.published', 'bf16', 190, 'trn1'),
      peak('trn1.f32.published', 'f32', 47.5, 'trn1'),
      peak('trn1.fp8.published', 'fp8', 190, 'trn1'),
    ],
    memory: figure(32, 'trn1'),
    bandwidth: figure(880, 'trn1'), // 820 GiB/s
    link: figure(384, 'trn1'),
  },
  trainium2: {
    ...{ kind: 'neuron', target: 'trn2', cores: 8, logicalCores: [1, 2] },
    peaks: [
      peak('trn2.bf16.published', 'bf16', 667, 'trn2'),
      peak('trn2.bf16.clock', 'bf16', 629, 'clock'),
      peak('trn2.f32.published', 'f32', 181, 'trn2'),
      peak('trn2.fp8.published', 'fp8', 1299, 'trn2'),
    ],
    memory: figure(96, 'trn2'),
    bandwidth: figure(2900, 'trn2'),
    link: figure(1280, 'trn2'),
  },
  trainium3: {
    ...{ kind: 'neuron', target: 'trn3', cores: 8, logicalCores: [1, 2] },
    peaks: [
      peak('trn3.bf16.published', 'bf16', 671, 'trn3'),
      peak('trn3.bf16.clock', 'bf16', 629, 'clock'),
      peak('trn3.f32.published', 'f32', 183, 'trn3'),
      peak('trn3.mxfp8.published', 'mxfp8', 2517, 'trn3'),
    ],
    memory: figure(144, 'trn3'),
    bandwidth: figure(4900, 'trn3'),
    link: figure(2560, 'trn3'),
  },

  'a100-40gb': {
    ...gpu,
    peaks: [
      peak('a100.bf16.dense', 'bf16', 312, 'torchtitan'),
      peak('a100.f32.dense', 'f32', 19.5, 'recall'),
      peak('a100.tf32.dense', 'tf32', 156, 'recall'),
    ],
    ...{ memory: figure(40, 'recall'), bandwidth: figure(1560, 'recall') },
    ...{ link: figure(600, 'recall'), power: figure(400, 'recall') },
  },
  'a100-80gb': {
    ...gpu,
    peaks: [
      peak('a100.bf16.dense', 'bf16', 312, 'torchtitan'),
      peak('a100.f32.dense', 'f32', 19.5, 'recall'),
      peak('a100.tf32.dense', 'tf32', 156, 'recall'),
    ],
    ...{ memory: figure(80, 'llmbook'), bandwidth: figure(2000, 'llmbook') },
    ...{ link: figure(600, 'recall'), power: figure(400, 'recall') },
  },
  h100: {
    ...gpu,
    peaks: [
      peak('h100.bf16.dense', 'bf16', 989, 'torchtitan'),
      peak('h100.f32.dense', 'f32', 67, 'recall'),
      peak('h100.tf32.dense', 'tf32', 495, 'recall'),
      peak('h100.fp8.dense', 'fp8', 1979, 'llmbook'),
    ],
    ...{ memory: figure(80, 'llmbook'), bandwidth: figure(3350, 'llmbook') },
    ...{ link: figure(900, 'recall'), power: figure(700, 'recall') },
  },
  h200: {
    ...gpu,
    peaks: [
      peak('h200.bf16.dense', 'bf16', 989, 'torchtitan'),
      peak('h200.f32.dense', 'f32', 67, 'recall'),
      peak('h200.tf32.dense', 'tf32', 495, 'recall'),
      peak('h200.fp8.dense', 'fp8', 1979, 'llmbook'),
    ],
    ...{ memory: figure(141, 'llmbook'), bandwidth: figure(4800, 'itkb') },
    ...{ link: figure(900, 'recall'), power: figure(700, 'recall') },
  },
  b200: {
    ...gpu,
    peaks: [
      peak('b200.bf16.dense', 'bf16', 2250, 'torchtitan'),
      peak('b200.f32.dense', 'f32', 75, 'recall'),
      peak('b200.tf32.dense', 'tf32', 1125, 'recall'),
      peak('b200.fp8.dense', 'fp8', 4500, 'recall'),
    ],
    ...{ memory: figure(180, 'hmc'), bandwidth: figure(7700, 'hmc') },
    ...{ link: figure(1800, 'recall'), power: figure(1000, 'recall') },
  },
  b300: {
    ...gpu,
    peaks: [
      peak('b300.bf16.dense', 'bf16', 2250, 'torchtitan'), // itkb.uw.cz claims 3500
      peak('b300.f32.dense', 'f32', 75, 'recall'),
      peak('b300.tf32.dense', 'tf32', 1125, 'recall'),
      peak('b300.fp8.dense', 'fp8', 4500, 'recall'),
    ],
    ...{ memory: figure(268, 'recall'), bandwidth: figure(8000, 'recall') },
    ...{ link: figure(1800, 'recall'), power: figure(1400, 'recall') },
  },
  gb200: {
    ...gpu,
    peaks: [
      peak('gb200.bf16.dense', 'bf16', 2500, 'torchtitan'),
      peak('gb200.f32.dense', 'f32', 80, 'recall'),
      peak('gb200.tf32.dense', 'tf32', 1250, 'recall'),
      peak('gb200.fp8.dense', 'fp8', 5000, 'recall'),
    ],
    ...{ memory: figure(186, 'recall'), bandwidth: figure(8000, 'recall') },
    ...{ link: figure(1800, 'recall'), power: figure(1200, 'recall') },
  },
  l40s: {
    ...gpu,
    peaks: [
      peak('l40s.bf16.dense', 'bf16', 362, 'torchtitan'),
      peak('l40s.f32.dense', 'f32', 91.6, 'recall'),
      peak('l40s.tf32.dense', 'tf32', 183, 'recall'),
      peak('l40s.fp8.dense', 'fp8', 733, 'llmbook'),
    ],
    ...{ memory: figure(48, 'llmbook'), bandwidth: figure(864, 'llmbook'), power: figure(350, 'recall') },
  },
  l4: {
    ...gpu,
    peaks: [
      peak('l4.bf16.dense', 'bf16', 121, 'recall'),
      peak('l4.bf16.f32-sums', 'bf16', 62.7, 'hmc'),
      peak('l4.f32.dense', 'f32', 30.3, 'recall'),
      peak('l4.tf32.dense', 'tf32', 60, 'recall'),
    ],
    ...{ memory: figure(24, 'hmc'), bandwidth: figure(300, 'hmc'), power: figure(72, 'recall') },
  },
  a10g: {
    ...gpu,
    peaks: [
      peak('a10g.bf16.dense', 'bf16', 70, 'recall'),
      peak('a10g.f32.dense', 'f32', 31, 'recall'),
      peak('a10g.tf32.dense', 'tf32', 35, 'recall'),
    ],
    ...{ memory: figure(24, 'recall'), bandwidth: figure(600, 'recall'), power: figure(300, 'recall') },
  },
};
