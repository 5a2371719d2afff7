import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { trainPixelModel } from './pixel-model.ts';
import { drawFrame, drawnAndFound, findBall, FRAME_BYTES, PIXELS } from './pixels.ts';
import { trainingScenes, type Scene } from './scenes.ts';
import { FRAMES, uniformMotion, WORLD } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const still = (radii: number[], places: number[][]): Scene => ({
  ...{ radii, speeds: radii.map(() => 0) },
  positions: Float64Array.from(Array.from({ length: FRAMES }, () => places.flat()).flat()),
});
const drawn = (scene: Scene) => {
  const pixels = new Uint8Array(FRAME_BYTES);
  drawFrame(scene, 0, pixels);
  return pixels;
};

describe('a frame', () => {
  test('holds as much red as the disc has area, and shows where its middle is', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.6, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (radius, u, v) => {
          const place = [u, v].map((t) => radius + 0.4 + t * (WORLD - 2 * radius - 0.8));
          const pixels = drawn(still([radius], [place]));
          let red = 0;
          for (let i = 0; i < PIXELS * PIXELS; i++) red += (pixels[i * 3] - pixels[i * 3 + 1]) / 255;
          const area = (Math.PI * radius ** 2 * PIXELS ** 2) / WORLD ** 2;
          expect(red / area).toBeCloseTo(1, 1);
          const found = findBall(pixels, 0)!;
          expect(Math.hypot(found[0] - place[0], found[1] - place[1])).toBeLessThan(0.015);
        },
      ),
    );
  });

  test('has the second ball in blue over the first', () => {
    const scene = still(
      [1, 1],
      [
        [4, 5],
        [5, 5],
      ],
    );
    const pixels = drawn(scene);
    const [red, blue] = [findBall(pixels, 0)!, findBall(pixels, 1)!];
    expect(blue[0]).toBeCloseTo(5, 1);
    // Of the first ball a crescent is left, to the left of its middle.
    expect(red[0]).toBeLessThan(3.8);
  });

  test('tells balls apart that touch within a pixel', () => {
    fc.assert(
      fc.property(fc.double({ min: 3, max: 4, noNaN: true }), (x) => {
        const pixels = drawn(
          still(
            [1.2, 0.8],
            [
              [x, 5],
              [x + 2, 5],
            ],
          ),
        );
        expect(Math.abs(findBall(pixels, 0)![0] - x)).toBeLessThan(0.02);
        expect(Math.abs(findBall(pixels, 1)![0] - x - 2)).toBeLessThan(0.02);
      }),
    );
  });

  test('without a colour has no ball of it, and its path stays', () => {
    expect(findBall(drawn(still([1], [[5, 5]])), 1)).toBeUndefined();
    const gone = { radii: [1], speeds: [6], positions: uniformMotion(1.5, 5, 6) };
    const path = drawnAndFound(gone);
    expect(path.at(-2)).toBe(path.at(-4));
    expect(path.at(-2)).toBeGreaterThan(9);
  });
});

test('a model of pixels learns, and its paths begin with what the given frames show', async () => {
  const scenes = trainingScenes('uniform').slice(0, 2000);
  const { fitted, imagine } = await trainPixelModel(scenes, 0, { steps: 60, threads: 1 });
  expect(fitted.losses.at(-1)!.loss).toBeLessThan(fitted.losses[0].loss / 2);
  const some = scenes.slice(0, 3);
  const paths = await imagine(some);
  paths.forEach((path, i) => {
    expect(path.every(Number.isFinite)).toBe(true);
    expect(path.slice(0, 6)).toEqual(drawnAndFound(some[i]).slice(0, 6));
  });
});
