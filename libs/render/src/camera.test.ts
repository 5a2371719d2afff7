import type { Camera, Vec3 } from '@orrery/scene';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createView } from './camera.ts';
import { project, unproject } from './index.ts';
import { CORNER, FRONT } from './scenes.fixture.ts';

describe('orthographic', () => {
  test('16 pixels a metre, x to the right, z up, depth from the camera', () => {
    expect(project(FRONT, 64, 64, [0, 0, 2])).toEqual({ x: 32, y: 32, depth: 5 });
    expect(project(FRONT, 64, 64, [-2, 1, 4])).toEqual({ x: 0, y: 0, depth: 6 });
    expect(project(FRONT, 64, 64, [1.5, -1, 0.25])).toEqual({ x: 56, y: 60, depth: 4 });
  });

  test('a wider picture shows more, at the same scale', () => {
    expect(project(FRONT, 128, 64, [1, 0, 3])).toEqual({ x: 80, y: 16, depth: 5 });
  });
});

describe('perspective', () => {
  // A pinhole camera at the origin, 90 degrees: what lies at 45 degrees is at the picture's border.
  const camera: Camera = {
    kind: 'perspective',
    position: [0, 0, 0],
    target: [0, 1, 0],
    up: [0, 0, 1],
    fieldOfView: 90,
  };

  test('follows the pinhole equation', () => {
    expect(project(camera, 64, 64, [1, 2, 0])).toEqual({
      x: expect.closeTo(48, 12) as number,
      y: 32,
      depth: 2,
    });
    const corner = project(camera, 64, 64, [3, 3, 3]);
    expect(corner.x).toBeCloseTo(64, 12);
    expect(corner.y).toBeCloseTo(0, 12);
  });

  test('what lies behind has a depth below 0', () => {
    expect(project(camera, 64, 64, [0, -2, 0]).depth).toBe(-2);
  });
});

test.each([
  ['orthographic', FRONT],
  ['perspective', CORNER],
])('unproject is the inverse of project (%s)', (_, camera) => {
  const coordinate = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(
      fc.tuple(coordinate, coordinate, coordinate),
      fc.integer({ min: 1, max: 300 }),
      (point, height) => {
        const { x, y, depth } = project(camera, 96, height, point as Vec3);
        const back = unproject(camera, 96, height, x, y, depth);
        for (let k = 0; k < 3; k++) expect(back[k]).toBeCloseTo(point[k], 9);
      },
    ),
  );
});

describe('bad cameras are named', () => {
  test.each([
    [
      { ...FRONT, target: FRONT.position },
      64,
      'camera target "0,-5,2": the same as its position; move one of them',
    ],
    [{ ...FRONT, up: [0, 2, 0] as Vec3 }, 64, 'camera up "0,2,0": along the viewing direction'],
    [FRONT, 0, 'picture width "0": not a whole number from 1 to 8192'],
    [FRONT, 1.5, 'picture width "1.5": not a whole number'],
    [FRONT, NaN, 'picture width "NaN": not a whole number'],
  ])('%#', (camera, width, message) => {
    expect(() => createView(camera, width, 64)).toThrow(message);
  });
});
