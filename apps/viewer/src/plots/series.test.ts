import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LoadedModel } from '../model.ts';
import { axisRange, plotRows, quantities } from './series.ts';

const prediction = (psnr: number[], error: number[]) => ({
  psnr: Float32Array.from(psnr),
  positionError: Float32Array.from(error),
});
const model = {
  manifest: { context: 1, horizon: 2, predictors: ['model', 'copy-last'] },
  rollout: {
    predictors: {
      model: prediction([Infinity, 30, 25], [0, 0.5, 1]),
      'copy-last': prediction([Infinity, 20, 15], [0, 2, NaN]),
    },
  },
} as unknown as LoadedModel;

it('rows are the frames and a line a predictor, with gaps where there is no number', () => {
  const [error, psnr] = quantities;
  expect(plotRows(error, model)).toEqual([
    [0, 1, 2],
    [0, 0.5, 1],
    [0, 2, null],
  ]);
  expect(plotRows(psnr, model)).toEqual([
    [0, 1, 2],
    [null, 30, 25],
    [null, 20, 15],
  ]);
});

it('an axis holds all values, and starts at 0 where it is asked to', () => {
  expect(axisRange(28, 31, true)[0]).toBe(0);
  expect(axisRange(28, 31, false)[0]).toBeCloseTo(27.76, 10);
  expect(axisRange(null, null, true)).toEqual([0, 1]);
  expect(axisRange(0, 0, true)).toEqual([-0.5, 0.5]);
  const lows = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
  const spans = fc.double({ noNaN: true, min: 0, max: 1e6 });
  fc.assert(
    fc.property(lows, spans, fc.boolean(), (low, span, fromZero) => {
      const [bottom, top] = axisRange(low, low + span, fromZero);
      expect(bottom).toBeLessThanOrEqual(low);
      expect(top).toBeGreaterThanOrEqual(low + span);
      expect(top).toBeGreaterThan(bottom);
    }),
    { seed: 1 },
  );
});
