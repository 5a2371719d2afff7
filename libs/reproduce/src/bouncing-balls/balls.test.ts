import { RandomState } from '@orrery/random';
import { describe, expect, test, vi } from 'vitest';
import { BALLS, bounce, drawFrames, FRAMES, PIXELS, SIDE } from './balls.ts';
import computed from './balls.json' with { type: 'json' };
import { copyLast, meanFrame } from './errors.ts';
import { ballSplits } from './splits.ts';

vi.setConfig({ testTimeout: 60_000 });

const splits = ballSplits();
const WIDTH = BALLS * 2;

describe('what NumPy computes, see balls.py', () => {
  test.each(['training', 'validation', 'test'] as const)('the first sequence to %s', (name) => {
    const [path] = splits[name];
    expect(path).toHaveLength(FRAMES * WIDTH);
    computed.paths[name].forEach((value, k) => {
      const at = 9 * Math.floor(k / WIDTH) * WIDTH + (k % WIDTH);
      expect(path[at]).toBeCloseTo(value, 9);
    });
  });

  test('where the test sequences end: the draws of 4200 sequences are those of NumPy', () => {
    // A collision makes a rounding some times larger; a sequence has about ten.
    splits.test.forEach((path, i) => expect(path[99 * WIDTH]).toBeCloseTo(computed.ends[i], 5));
  });

  test('a frame, and the errors of two predictors that know nothing', () => {
    const frame = new Float32Array(PIXELS);
    drawFrames(splits.test[0].subarray(50 * WIDTH, 51 * WIDTH), frame);
    computed.frame.forEach((value, i) => expect(frame[i]).toBeCloseTo(value, 6));
    expect(copyLast(splits.test).oneStep).toBeCloseTo(computed.copyLast, 4);
    expect(meanFrame(splits.training.slice(0, 200), splits.test).oneStep).toBeCloseTo(computed.meanFrame, 3);
  });
});

describe('mechanics', () => {
  test('energy stays what it was, and balls leave the box by less than half a unit', () => {
    const random = new RandomState(3);
    for (let n = 0; n < 50; n++) {
      const path = bounce(random, 60);
      for (const centre of path) {
        expect(centre).toBeGreaterThan(1.2 - 0.5);
        expect(centre).toBeLessThan(8.8 + 0.5);
      }
      // Between two frames without contact the displacement is the velocity, whose length is 0.5.
      const strides = Array.from({ length: 59 }, (_, t) =>
        Math.hypot(...path.slice((t + 1) * WIDTH, (t + 2) * WIDTH).map((x, k) => x - path[t * WIDTH + k])),
      );
      expect(Math.max(...strides)).toBeLessThan(0.5 + 1e-9);
      expect(strides.filter((stride) => stride > 0.5 - 1e-9).length).toBeGreaterThan(10);
    }
  });

  test('a frame has each ball where it is: rows go down, columns to the right', () => {
    const frame = new Float32Array(PIXELS);
    drawFrames(Float64Array.of(2, 8, 2, 8, 7, 5), frame);
    expect(frame[23 * SIDE + 5]).toBe(1);
    expect(frame[14 * SIDE + 20]).toBeCloseTo(1, 5);
    expect(frame[5 * SIDE + 23]).toBe(0);
    // A disc of radius 1.2 in pixels of a third has an area of 40.7; two that lie on each other are cut at 1.
    const total = frame.reduce((sum, value) => sum + value, 0);
    expect(total).toBeGreaterThan(75);
    expect(total).toBeLessThan(90);
  });
});
