/** Ours, as every simulation of Orrery runs. */
import { startSimulation } from '@orrery/physics';
import type { Engine } from './engine.ts';

export const orreryEngine: Engine = {
  name: 'orrery',
  version: '0.1.0',
  setting: 'as it is',
  start(scene) {
    const simulation = startSimulation(scene);
    const { bodies } = simulation;
    return {
      step: () => void simulation.step(),
      position: (body) => bodies[body]!.position.toArray(),
      velocity: (body) => bodies[body]!.velocity.toArray(),
      spin: (body) => bodies[body]!.angularVelocity.toArray(),
      close: () => {},
    };
  },
};
