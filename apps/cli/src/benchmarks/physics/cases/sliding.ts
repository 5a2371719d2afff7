/** Coulomb's law: how far a box slides, and where it begins to. */
import { atMost } from '../../figure.ts';
import { after, type Case } from '../case.ts';
import type { Engine } from '../engine.ts';
import { box, floor, g, incline, mechanics } from '../scene.ts';

const MU = 0.3;
const V0 = 3;

export const stopping: Case = {
  name: 'stopping',
  title: `a box sliding at ${V0} m/s with mu = ${MU} stops after v²/(2 mu g)`,
  measures: [60, 240].map((rate) => ({
    name: `distance error, dt 1/${rate}`,
    unit: '%',
    bound: atMost(1),
    measure(engine) {
      const sliding = box([0.2, 0.2, 0.1], 3, { position: [0, 0, 0.1], velocity: [V0, 0, 0] });
      const scene = mechanics([floor, sliding], { friction: MU, dt: 1 / rate });
      const x = after(engine, scene, 2 * rate, (run) => run.position(1)[0])!;
      return 100 * Math.abs(x / (V0 ** 2 / (2 * MU * g)) - 1);
    },
  })),
};

const DEGREE = Math.PI / 180;
const RESOLUTION = 0.02;

export const slope: Case = {
  name: 'slope',
  title: 'the angle at which a resting box begins to slide, against atan(mu)',
  measures: [0.2, 0.5, 1].map((mu) => ({
    name: `angle error, mu = ${mu}`,
    unit: 'degree',
    bound: atMost(0.5),
    measure: (engine) => Math.abs(slidingAngle(engine, mu) - Math.atan(mu) / DEGREE),
  })),
};

/** Degrees, by bisection between lying flat and 15 degrees too steep. */
function slidingAngle(engine: Engine, mu: number): number {
  let [stays, slides] = [0, Math.atan(mu) / DEGREE + 15];
  while (slides - stays > RESOLUTION) {
    const middle = (stays + slides) / 2;
    if (slipped(engine, mu, middle * DEGREE) > 0.01) slides = middle;
    else stays = middle;
  }
  return (stays + slides) / 2;
}

/** How far the box has gone down after 3 s, m. */
function slipped(engine: Engine, mu: number, angle: number): number {
  const { plane, turned, at } = incline(angle);
  const resting = box([0.3, 0.3, 0.1], 1, { position: at(0.1), quaternion: turned });
  const [x, , z] = after(engine, mechanics([plane, resting], { friction: mu }), 180, (run) =>
    run.position(1),
  )!;
  const [x0, , z0] = at(0.1);
  return Math.sqrt((x - x0) ** 2 + (z - z0) ** 2);
}
