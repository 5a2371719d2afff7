import { sceneDefinition, type BodyStates } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { aims, meanScore, sceneOf } from './controlled.fixture.ts';
import { simulate } from './simulate.ts';
import { startSimulation, type Simulation } from './simulation.ts';

const MINUTE = 60_000;

/** What a controller sees of a simulation that is stepped by hand. */
function stateOf({ bodies }: Simulation): BodyStates {
  const flat = (parts: (body: Simulation['bodies'][number]) => number[]) =>
    Float64Array.from(bodies.flatMap(parts));
  return {
    position: flat(({ position: { x, y, z } }) => [x, y, z]),
    quaternion: flat(({ quaternion: { x, y, z, w } }) => [x, y, z, w]),
    velocity: flat(({ velocity: { x, y, z } }) => [x, y, z]),
    angularVelocity: flat(({ angularVelocity: { x, y, z } }) => [x, y, z]),
  };
}

describe.each(Object.keys(aims))('%s', (name) => {
  const definition = sceneDefinition(name);
  const { scripted, random } = definition.policies!;

  // controlled.long.test.ts takes more seeds.
  test(
    'the scripted policy reaches its aim, clearly more often than chance does',
    () => {
      const score = meanScore(name, 'scripted', 4);
      expect(score).toBeGreaterThan(0.7);
      expect(score).toBeGreaterThan(meanScore(name, 'random', 4) + 0.3);
    },
    MINUTE,
  );

  test(
    'the same actions give the same trajectory, others another; all lie in [-1, 1]',
    () => {
      const scene = sceneOf(definition, 0);
      for (const policy of [scripted, random]) {
        const t = simulate(scene, 30, policy(scene, [0, 1]));
        expect(simulate(scene, 30, policy(scene, [0, 1]))).toEqual(t);
        expect(t.action.every((a) => a >= -1 && a <= 1)).toBe(true);
        expect(t.action.some((a) => a !== 0)).toBe(true);
      }
      const [a, b, still] = [random(scene, [0, 1]), random(scene, [0, 2]), undefined].map(
        (controller) => simulate(scene, 30, controller).position,
      );
      expect(a).not.toEqual(b);
      expect(a).not.toEqual(still);
    },
    MINUTE,
  );

  test(
    'stepping by hand, as a person does who plays, gives what a controller gives',
    () => {
      const scene = sceneOf(definition, 1);
      const t = simulate(scene, 25, scripted(scene, [0, 3]));
      const simulation = startSimulation(scene);
      const controller = scripted(scene, [0, 3]);
      for (let frame = 0; frame < t.frames; frame++) {
        const state = stateOf(simulation);
        const slice = (values: Float64Array, size: number) =>
          values.slice(frame * t.bodies * size, (frame + 1) * t.bodies * size);
        expect(state.position).toEqual(slice(t.position, 3));
        expect(state.quaternion).toEqual(slice(t.quaternion, 4));
        expect(state.velocity).toEqual(slice(t.velocity, 3));
        expect(state.angularVelocity).toEqual(slice(t.angularVelocity, 3));
        if (frame + 1 < t.frames)
          expect(simulation.step(controller(state, frame))).toEqual(t.contacts[frame + 1]);
      }
    },
    MINUTE,
  );

  test.each(Object.keys(definition.factors))(
    'runs with %s from outside its range',
    (factor) => {
      const scene = sceneOf(definition, 2, factor);
      for (const policy of [scripted, random])
        expect(() => simulate(scene, 20, policy(scene, [0, 4]))).not.toThrow();
    },
    MINUTE,
  );
});
