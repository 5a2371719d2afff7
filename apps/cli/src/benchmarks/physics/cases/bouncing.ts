/** A ball dropped from 5 m: its apexes are 5 e^(2k) m. */
import { atMost } from '../../figure.ts';
import { play, type Case, type Measure } from '../case.ts';
import type { Engine } from '../engine.ts';
import { ball, floor, g, mechanics } from '../scene.ts';

const RADIUS = 0.1;
const DROP = 5;
const APEXES = 5;

export const bouncing: Case = {
  name: 'bouncing',
  title: 'a ball dropped from 5 m: first five apexes',
  measures: [1 / 60, 1 / 240].flatMap((dt) => [1, 0.9, 0.5].map((e) => apexError(e, dt))),
};

function apexError(e: number, dt: number): Measure {
  return {
    name: `apex error, e = ${e}, dt 1/${Math.round(1 / dt)}`,
    unit: '%',
    bound: atMost(1),
    measure(engine) {
      const found = apexes(engine, e, dt);
      const errors = Array.from({ length: APEXES }, (_, k) =>
        Math.abs((found[k] ?? 0) / (DROP * e ** (2 * k + 2)) - 1),
      );
      return 100 * Math.max(...errors);
    },
  };
}

/** m above the lowest place of the ball: where the flight that begins after each bounce is going to end. */
function apexes(engine: Engine, e: number, dt: number): number[] {
  const dropped = ball(RADIUS, 1, { position: [0, 0, DROP + RADIUS] });
  const scene = mechanics([floor, dropped], { restitution: e, dt });
  const found: number[] = [];
  let before = 0;
  play(engine, scene, Math.round(12 / dt), (run) => {
    const speed = run.velocity(1)[2];
    if (before < 0 && speed > 0) found.push(run.position(1)[2] - RADIUS + speed ** 2 / (2 * g));
    before = speed;
    return found.length < APEXES;
  });
  return found;
}
