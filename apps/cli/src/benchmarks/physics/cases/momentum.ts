/** A closed system keeps its momentum through collisions with friction. */
import { atMost } from '../../figure.ts';
import { play, type Case } from '../case.ts';
import type { Run } from '../engine.ts';
import { ball, box, mechanics } from '../scene.ts';

const PIECES = [
  ball(0.2, 1, { position: [-0.6, 0.1, 0], velocity: [3, 0, 0.2], angularVelocity: [0, 9, 3] }),
  ball(0.3, 4, { position: [0.3, 0, 0.1], velocity: [-1, 0.3, 0] }),
  box([0.2, 0.3, 0.1], 2, { position: [1.2, 0.1, 0], velocity: [-3, 0, 0.1], angularVelocity: [2, -1, 4] }),
  box([0.2, 0.2, 0.2], 5, { position: [0.3, 0.1, 1.2], velocity: [0, 0, -2], angularVelocity: [1, 1, 0] }),
];

export const momentum: Case = {
  name: 'momentum',
  title: 'two balls and two boxes that collide in free space for 3 s',
  measures: [
    {
      name: 'relative drift of momentum',
      unit: '',
      bound: atMost(1e-9),
      measure(engine) {
        const scene = mechanics(PIECES, { friction: 0.4, restitution: 0.7, gravity: 0 });
        const { bodies } = scene;
        const total = (run: Pick<Run, 'velocity'>, axis: number) =>
          bodies.reduce((sum, { mass }, i) => sum + mass * run.velocity(i)[axis]!, 0);
        const start = { velocity: (i: number) => bodies[i]!.velocity };
        const scale = bodies.reduce((sum, { mass, velocity }) => sum + mass * Math.hypot(...velocity), 0);
        let drift = 0;
        play(engine, scene, 180, (run) => {
          for (const axis of [0, 1, 2])
            drift = Math.max(drift, Math.abs(total(run, axis) - total(start, axis)) / scale);
        });
        return drift;
      },
    },
  ],
};
