import { foldIn, key } from '@orrery/random';
import { expect, test } from 'vitest';
import { sceneDefinition, type BodyStates } from './index.ts';
import { randomPolicy } from './random-policy.ts';

const definition = sceneDefinition('game');
const scene = definition.sample(key(0), definition.config.parse({}));
const state: BodyStates = {
  position: new Float64Array(),
  quaternion: new Float64Array(),
  velocity: new Float64Array(),
  angularVelocity: new Float64Array(),
};
const actions = (seed: number, frames = 200) => {
  const controller = randomPolicy(scene, foldIn(key(7), seed));
  return Array.from({ length: frames }, (_, frame) => controller(state, frame));
};

test('a frame has the same action whatever was asked before; other keys give others', () => {
  const controller = randomPolicy(scene, foldIn(key(7), 3));
  const backwards = Array.from({ length: 50 }, (_, i) => controller(state, 49 - i)).reverse();
  expect(backwards).toEqual(actions(3, 50));
  expect(actions(4)).not.toEqual(actions(3));
});

test('actions lie in [-1, 1], fill it evenly to both sides, and go to its ends', () => {
  const all = Array.from({ length: 60 }, (_, seed) => actions(seed)).flat(2);
  expect(Math.min(...all)).toBe(-1);
  expect(Math.max(...all)).toBe(1);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  expect(Math.abs(mean)).toBeLessThan(0.05);
  // 40 % at full swing, the others between uniform draws: 0.4 + 0.6 * (1/3 to 1/6).
  const square = all.reduce((a, b) => a + b * b, 0) / all.length;
  expect(square).toBeGreaterThan(0.45);
  expect(square).toBeLessThan(0.65);
  const full = all.filter((a) => Math.abs(a) === 1).length / all.length;
  expect(full).toBeCloseTo(0.4, 1);
});

test('actions go on from frame to frame, and actuators act on their own', () => {
  let [follow, across, size] = [0, 0, 0];
  for (let seed = 0; seed < 60; seed++) {
    const own = actions(seed);
    for (let f = 1; f < own.length; f++) {
      follow += own[f]![0]! * own[f - 1]![0]!;
      across += own[f]![0]! * own[f]![1]!;
      size += own[f]![0]! * own[f]![0]!;
    }
  }
  expect(follow / size).toBeGreaterThan(0.7);
  expect(Math.abs(across / size)).toBeLessThan(0.1);
});
