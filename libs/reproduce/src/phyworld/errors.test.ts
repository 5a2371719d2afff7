import { describe, expect, test, vi } from 'vitest';
import { judgedFrames, parsed, placeOf, velocityError } from './errors.ts';
import { inside, testScenes, trainingScenes } from './scenes.ts';
import { trainStateModel } from './state-model.ts';
import { goesOn } from './table.ts';
import { collide, uniformMotion } from './worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const ball = { radii: [1], speeds: [2], positions: uniformMotion(1.5, 5, 2) };

describe('velocity error', () => {
  test('counts frames after the context with the ball wholly inside', () => {
    // x + 1 <= 10 up to 1.5 + 2 (0.01 + 0.1 k) = 9, k = 37: all, but the last stored one.
    expect(judgedFrames(ball)).toEqual(Array.from({ length: 28 }, (_, i) => 3 + i));
    const fast = { ...ball, speeds: [5], positions: uniformMotion(1.5, 5, 5) };
    // 1.5 + 5 (0.01 + 0.1 k) <= 9, k <= 14
    expect(judgedFrames(fast).at(-1)).toBe(14);
  });

  test('of a path that is 10 % too fast', () => {
    expect(velocityError(ball, ball.positions)).toBeCloseTo(0, 12);
    expect(velocityError(ball, uniformMotion(1.5, 5, 2.2))).toBeCloseTo(0.2, 12);
  });

  test('of a collision that is not seen it is the change of both speeds', () => {
    const radii = [1, 1] as const;
    const speeds = [2, 2] as const;
    const positions = collide({ radii, speeds, x: [2, 8], height: 5 });
    const scene = { radii, speeds, positions };
    expect(velocityError(scene, positions)).toBe(0);
    expect(velocityError(scene, goesOn(scene))).toBeCloseTo(4, 9);
  });
});

test('the parser reads pixel i of 255 as i of 256, and is off by little else', () => {
  const found = parsed(ball);
  ball.positions.forEach((value, i) => expect(Math.abs(found[i] - (value * 255) / 256)).toBeLessThan(0.02));
  expect(velocityError(ball, found)).toBeCloseTo(2 / 256, 2);
});

test('places by radius and speed', () => {
  const at = (radius: number, speed: number) =>
    placeOf({ ...ball, radii: [radius], speeds: [speed] }, inside.uniform);
  expect([at(1, 2), at(0.5, 2), at(1, 5), at(2, 0)]).toEqual(['inside', 'radius', 'speed', 'both']);
});

test('what says changes learns uniform motion in a few updates, from its own predictions too', async () => {
  const scenes = trainingScenes('uniform').slice(0, 3000);
  const { imagine, parameters } = await trainStateModel(scenes, 'change', 0, { steps: 300, threads: 1 });
  expect(parameters).toBe((7 + 1) * 128 + (128 + 1) * 128 + (128 + 1) * 2);
  const few = testScenes('uniform').slice(0, 50);
  const paths = await imagine(few);
  const errors = few.map((scene, i) => velocityError(scene, paths[i]));
  expect(errors.reduce((sum, error) => sum + error, 0) / 50).toBeLessThan(0.5);
  paths.forEach((path, i) => expect(path.slice(0, 6)).toEqual(few[i].positions.slice(0, 6)));
});
