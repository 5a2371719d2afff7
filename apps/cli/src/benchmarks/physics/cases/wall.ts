/** Nothing passes a wall. */
import { atMost } from '../../figure.ts';
import { after, type Case } from '../case.ts';
import type { Engine } from '../engine.ts';
import { ball, box, capsule, mechanics, type Piece } from '../scene.ts';

const SPEEDS = [5, 10, 15, 20, 30, 45, 60];
const STARTS = 10;

export const wall: Case = {
  name: 'wall',
  title: 'shots at a wall of 0.2 m at 5 to 60 m/s, dt 1/60: share that passes',
  measures: (
    [
      ['spheres of r = 0.1 m', (rest) => ball(0.1, 1, rest)],
      ['boxes of 0.1 m', (rest) => box([0.05, 0.05, 0.05], 1, rest)],
      ['capsules of r = 0.05 m', (rest) => capsule(0.05, 0.1, 1, rest)],
    ] as const satisfies readonly (readonly [string, Shot])[]
  ).map(([name, shot]) => ({
    name: `passing, ${name}`,
    unit: '%',
    bound: atMost(0),
    measure: (engine) => passing(engine, shot),
  })),
};

type Shot = (rest: Omit<Piece, 'shape' | 'mass'>) => Piece;

function passing(engine: Engine, shot: Shot): number | undefined {
  let passed = 0;
  for (const speed of SPEEDS)
    for (let start = 0; start < STARTS; start++) {
      const flight = shot({
        position: [-2 - (start * speed) / (60 * STARTS), 0.03, 0.05],
        velocity: [speed, 0, 0],
        angularVelocity: [1, 5, 3],
      });
      const scene = mechanics([box([0.1, 3, 3], 0), flight], { restitution: 1, gravity: 0 });
      const frames = Math.ceil((3 / speed) * 60) + 30;
      const x = after(engine, scene, frames, (run) => run.position(1)[0]);
      if (x === undefined) return undefined;
      if (x > 0) passed++;
    }
  return (100 * passed) / (SPEEDS.length * STARTS);
}
