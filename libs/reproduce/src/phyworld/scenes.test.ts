import { describe, expect, test } from 'vitest';
import computed from './scenes.json' with { type: 'json' };
import { evenly, testScenes, trainingScenes } from './scenes.ts';
import { collide, FRAMES } from './worlds.ts';

describe('what NumPy draws, see scenes.py', () => {
  test.each(['uniform', 'parabola'] as const)('%s', (motion) => {
    const scenes = trainingScenes(motion);
    expect(scenes).toHaveLength(30_000);
    computed[motion].forEach(({ radii, speeds, positions }, i) => {
      expect(scenes[i].radii[0]).toBeCloseTo(radii[0], 12);
      expect(scenes[i].speeds[0]).toBeCloseTo(speeds[0], 12);
      positions.forEach((value, k) => expect(scenes[i].positions[k]).toBeCloseTo(value, 8));
    });
  });

  test('collision: the order of the scenes, and elastic speeds after they met', () => {
    const scenes = trainingScenes('collision');
    // What cannot be placed is left out.
    expect(scenes.length).toBeGreaterThan(25_000);
    let at = 0;
    for (const { values, after } of computed.collision) {
      const { radii, speeds, positions } = scenes[at];
      if ([...radii, ...speeds].some((value, i) => Math.abs(value - values[i]) > 1e-12)) continue;
      at++;
      const last = (FRAMES - 1) * 4;
      const velocity = (ball: number) => (positions[last + 2 * ball] - positions[last - 4 + 2 * ball]) / 0.1;
      after.forEach((value, ball) => expect(velocity(ball)).toBeCloseTo(value, 9));
    }
    expect(at).toBeGreaterThan(8);
  });
});

describe('collisions', () => {
  const scene = { radii: [1, 1], x: [2, 8], height: 5 } as const;
  const speedsAt = (path: Float64Array, frame: number) =>
    [0, 1].map((ball) => (path[frame * 4 + 2 * ball] - path[frame * 4 - 4 + 2 * ball]) / 0.1);

  test('equal balls exchange their speeds', () => {
    const path = collide({ ...scene, speeds: [3, 2] });
    const [before, after] = [speedsAt(path, 2), speedsAt(path, 31)];
    [3, -2].forEach((v, i) => expect(before[i]).toBeCloseTo(v, 9));
    [-2, 3].forEach((v, i) => expect(after[i]).toBeCloseTo(v, 9));
  });

  test('below 1 m/s they go on together, and do not stay in each other', () => {
    const path = collide({ ...scene, x: [3.5, 6], speeds: [0.8, 0.1] });
    const after = speedsAt(path, 31);
    after.forEach((v) => expect(v).toBeCloseTo(0.35, 6));
    const last = 31 * 4;
    expect(path[last + 2] - path[last]).toBeGreaterThan(2 - 0.016);
  });
});

test('test scenes are drawn again alike, each within its grid', () => {
  for (const motion of ['uniform', 'parabola', 'collision'] as const) {
    const [first, again] = [testScenes(motion), testScenes(motion)];
    expect(again).toEqual(first);
    for (const { radii, speeds } of first) {
      for (const radius of radii) expect(radius >= 0.3 && radius <= 2).toBe(true);
      for (const speed of speeds) expect(speed >= 0 && speed <= 6).toBe(true);
    }
  }
  expect(testScenes('uniform')).toHaveLength(3000 + 64 + 128 + 128 + 128 + 160 + 128 + 128 + 128);
});

test('numpy.linspace', () => {
  expect([...evenly([1, 4], 4)]).toEqual([1, 2, 3, 4]);
});
