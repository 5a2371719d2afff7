/** Elastic head-on pairs: v1' = ((m1 - m2) v1 + 2 m2 v2) / (m1 + m2). */
import { atMost } from '../../figure.ts';
import { after, play, type Case } from '../case.ts';
import type { Engine, Run } from '../engine.ts';
import { ball, mechanics } from '../scene.ts';

const RATIOS = [1, 2, 10, 100, 1000, 1e6];
/** Distances before the impact, m: it falls anywhere in a step. */
const GAPS = [0.4, 0.411, 0.423, 0.437];
const [V1, V2] = [2, -0.5];
const FRAMES = 40;

export const headOn: Case = {
  name: 'head-on',
  title: `elastic head-on pairs, mass ratios 1 to 1e6, dt 1/60`,
  measures: [
    {
      name: 'velocity error',
      unit: '%',
      bound: atMost(0.1),
      measure: (engine) => worst(engine, velocityError),
    },
    {
      name: 'largest energy growth',
      unit: '%',
      bound: atMost(1e-9),
      measure: (engine) => worst(engine, energyGrowth),
    },
  ],
};

const pair = (ratio: number, gap: number) =>
  mechanics(
    [
      ball(0.1, 1, { position: [-gap, 0, 0], velocity: [V1, 0, 0] }),
      ball(0.1, ratio, { position: [0.2, 0, 0], velocity: [V2, 0, 0] }),
    ],
    { restitution: 1, gravity: 0 },
  );

function worst(engine: Engine, measure: (engine: Engine, ratio: number, gap: number) => number): number {
  return Math.max(...RATIOS.flatMap((ratio) => GAPS.map((gap) => measure(engine, ratio, gap))));
}

/** Of either ball, as a share of the speed of approach. */
function velocityError(engine: Engine, ratio: number, gap: number): number {
  const leaves = (m1: number, m2: number, v1: number, v2: number) =>
    ((m1 - m2) * v1 + 2 * m2 * v2) / (m1 + m2);
  const [w1, w2] = after(engine, pair(ratio, gap), FRAMES, (run) => [
    run.velocity(0)[0],
    run.velocity(1)[0],
  ])!;
  const errors = [w1! - leaves(1, ratio, V1, V2), w2! - leaves(ratio, 1, V2, V1)].map(Math.abs);
  return (100 * Math.max(...errors)) / (V1 - V2);
}

function energyGrowth(engine: Engine, ratio: number, gap: number): number {
  const energy = (run: Run) => (squared(run.velocity(0)) + ratio * squared(run.velocity(1))) / 2;
  const start = (V1 * V1 + ratio * V2 * V2) / 2;
  let most = 0;
  play(engine, pair(ratio, gap), FRAMES, (run) => {
    most = Math.max(most, energy(run) / start - 1);
  });
  return 100 * most;
}

const squared = ([x, y, z]: readonly [number, number, number]) => x * x + y * y + z * z;
