import { sceneDefinition } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { aims, meanScore, sceneOf } from './controlled.fixture.ts';
import { simulate } from './simulate.ts';

const SEEDS = 24;

describe.each(Object.keys(aims))('%s', (name) => {
  test('the scripted policy reaches its aim in nine of ten, chance in less than half of that', () => {
    const score = meanScore(name, 'scripted', SEEDS);
    expect(score).toBeGreaterThan(0.9);
    expect(meanScore(name, 'random', SEEDS)).toBeLessThan(score / 2);
  });

  test('no simulation explodes, whatever is shifted and whoever acts', () => {
    const { factors, policies } = sceneDefinition(name);
    for (const factor of Object.keys(factors))
      for (let seed = 0; seed < SEEDS; seed++) {
        const scene = sceneOf(sceneDefinition(name), seed, factor);
        for (const policy of Object.values(policies!))
          expect(() => simulate(scene, 60, policy(scene, [5, seed]))).not.toThrow();
      }
  });
});
