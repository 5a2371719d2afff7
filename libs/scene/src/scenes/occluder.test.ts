import { key } from '@orrery/random';
import { expect, test } from 'vitest';
import { appearances, occluder, trackedBodies } from '../index.ts';

const config = occluder.config.parse({});
const pair = (seed: number, variant: string) =>
  [occluder.sample(key(seed), config), occluder.sample(key(seed), config, variant)] as const;

test('a variant adds its violation and changes nothing else', () => {
  for (const variant of occluder.variants!)
    for (let seed = 0; seed < 20; seed++) {
      const [possible, impossible] = pair(seed, variant);
      expect(possible.interventions).toEqual([]);
      expect(impossible.interventions).toHaveLength(1);
      expect({ ...impossible, interventions: [] }).toEqual(possible);
    }
});

test('a ball that vanishes is tracked until it does; a swapped colour is that of no other ball', () => {
  for (let seed = 0; seed < 20; seed++) {
    const [, vanishing] = pair(seed, 'vanish');
    const { frame } = vanishing.interventions[0]!;
    expect([trackedBodies(vanishing), trackedBodies(vanishing, frame - 1)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(trackedBodies(vanishing, frame)).toEqual([1]);
    const [before, swapped] = pair(seed, 'color-swap');
    const late = appearances(swapped, 1000).map(({ color }) => color);
    expect(before.bodies.map(({ color }) => color)).not.toContainEqual(late[0]);
    expect(late.slice(1)).toEqual(before.bodies.slice(1).map(({ color }) => color));
  }
});

test('an unknown variant is answered with the known ones; a ball that nothing hides is refused', () => {
  expect(() => pair(0, 'melt')).toThrow(
    'scene "occluder": no variant "melt"; choose one of: vanish, teleport, pass-through, color-swap, speed-jump, gravity-flip',
  );
  const fast = { ...config, speed: [40, 40] as const };
  expect(() => occluder.sample(key(0), fast as never, 'vanish')).toThrow(
    'is not hidden for two frames of 0.05 s',
  );
});
