/** The scenes that are shipped, simulated: what each promises of its motion. */
import { scenes, shiftConfig, trackedBodies, type Scene } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { largestGain, positionOf } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import type { Trajectory } from './trajectory.ts';

const SEEDS = 4;

/** How long to watch each scene, in frames, and which bodies must have moved by the end. */
interface Expectation {
  readonly frames: number;
  readonly movers: (scene: Scene) => readonly number[];
}
const expectations: Readonly<Record<string, Expectation>> = {
  uniform: { frames: 32, movers: trackedBodies },
  parabola: { frames: 32, movers: trackedBodies },
  collision: { frames: 32, movers: trackedBodies },
  bounce: { frames: 40, movers: trackedBodies },
};

const sample = (name: string, seed: number, shift?: string, variant?: string): Scene => {
  const definition = scenes[name]!;
  const config = definition.config.parse({});
  return definition.sample([17, seed], shift ? shiftConfig(definition, config, shift) : config, variant);
};

/** The farthest that a body has been from where it started, m. */
function excursion(t: Trajectory, body: number): number {
  const [x, y, z] = positionOf(t, 0, body);
  let farthest = 0;
  for (let frame = 1; frame < t.frames; frame++) {
    const [px, py, pz] = positionOf(t, frame, body);
    farthest = Math.max(farthest, Math.sqrt((px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2));
  }
  return farthest;
}

test('each scene without actuators is here', () => {
  const passive = Object.keys(scenes).filter((name) => !scenes[name]!.policies);
  expect(passive.sort()).toEqual(Object.keys(expectations).sort());
});

describe.each(Object.entries(expectations))('%s', (name, { frames, movers }) => {
  const definition = scenes[name]!;

  test.each([undefined, ...Object.keys(definition.factors)])('is passive and moves; shifted: %s', (shift) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = sample(name, seed, shift);
      const t = simulate(scene, frames);
      expect(largestGain(t), `seed ${seed}`).toBeLessThan(1e-6);
      for (const body of movers(scene))
        expect(excursion(t, body), `seed ${seed}, ${scene.bodies[body]!.name}`).toBeGreaterThan(0.05);
    }
  });
});

describe('collision', () => {
  test('the balls meet once, and both are in view for 8 frames before and after', () => {
    for (let seed = 0; seed < 30; seed++) {
      const scene = sample('collision', seed);
      const t = simulate(scene, 32);
      const impacts = t.contacts.flatMap((contacts, frame) => contacts.map(() => frame));
      expect(impacts).toHaveLength(1);
      const [frame] = impacts as [number];
      expect(frame).toBeGreaterThan(8);
      for (let f = 0; f <= frame + 7; f++)
        for (const body of [0, 1]) expect(Math.abs(positionOf(t, f, body)[0] - 5)).toBeLessThanOrEqual(5);
    }
  });
});
