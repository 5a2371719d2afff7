/** Pendulums over 60 s at dt 1/60 with 4 steps a frame: the period of the elliptic integral, and the energy. */
import { axisAngle, type Joint, type Scene } from '@orrery/scene';
import { atMost } from '../../figure.ts';
import { play, type Case, type Measure } from '../case.ts';
import type { Engine, Run } from '../engine.ts';
import { ball, g, mechanics } from '../scene.ts';

const RADIUS = 0.05;
const MASS = 1;
/** kg m² */
const INERTIA = 0.4 * MASS * RADIUS ** 2;
const FRAMES = 3600;

export const pendulum: Case = {
  name: 'pendulum',
  title: 'pendulums for 60 s: period and energy',
  measures: [
    ...(['point', 'hinge', 'distance'] as const).flatMap((kind) =>
      [10, 120].flatMap((degrees) => swing(kind, degrees)),
    ),
    doublePendulum(),
  ],
};

/** A ball on a rod of 1 m whose mass is that of the ball. */
function swing(kind: Joint['kind'], degrees: number): Measure[] {
  const amplitude = (degrees * Math.PI) / 180;
  const bob = ball(RADIUS, MASS, {
    position: [Math.sin(amplitude), 0, -Math.cos(amplitude)],
    quaternion: axisAngle([0, 1, 0], -amplitude),
  });
  const place = { name: 'rod', bodyA: null, bodyB: 'body 0', anchorA: [0, 0, 0] as [number, number, number] };
  const anchorB: [number, number, number] = [0, 0, 1];
  const joints = {
    point: { kind: 'point' as const, ...place, anchorB },
    hinge: { kind: 'hinge' as const, ...place, anchorB, axis: [0, 1, 0] as [number, number, number] },
    distance: { kind: 'distance' as const, ...place, length: 1 },
  };
  const scene = mechanics([bob], { substeps: 4, joints: [joints[kind]] });
  // The ball turns with its rod, but on a massless one to its centre it does not.
  const length = kind === 'distance' ? 1 : 1 + INERTIA / MASS;
  const expected = period(length, amplitude);
  const what = `${kind}, ${degrees} degrees`;
  return [
    {
      name: `period error, ${what}`,
      unit: '%',
      bound: atMost(0.3),
      measure(engine) {
        const found = meanPeriod(engine, scene);
        return found === undefined ? undefined : 100 * Math.abs(found / expected - 1);
      },
    },
    {
      name: `energy drift, ${what}`,
      unit: '%',
      bound: atMost(1),
      measure: (engine) => drift(engine, scene, MASS * g * (1 - Math.cos(amplitude))),
    },
  ];
}

/** Two balls on rods, let go from the horizontal. */
function doublePendulum(): Measure {
  const joints = [null, 'body 0'].map((bodyA, i) => ({
    ...{ kind: 'point' as const, name: `rod ${i}`, bodyA, bodyB: `body ${i}` },
    ...{ anchorA: [0, 0, 0] as [number, number, number], anchorB: [-1, 0, 0] as [number, number, number] },
  }));
  const bobs = [1, 2].map((x) => ball(RADIUS, MASS, { position: [x, 0, 0] }));
  const scene = mechanics(bobs, { substeps: 4, joints });
  return {
    name: 'energy drift, double pendulum from 90 degrees',
    unit: '%',
    bound: atMost(1),
    measure: (engine) => drift(engine, scene, 3 * MASS * g),
  };
}

/** sqrt(L/g) 4 K(sin(a/2)), with K from the arithmetic-geometric mean, s. */
function period(length: number, amplitude: number): number {
  let [a, b] = [1, Math.cos(amplitude / 2)];
  for (let i = 0; i < 40; i++) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
  return (2 * Math.PI * Math.sqrt(length / g)) / a;
}

/** Mean time between crossings of the vertical in one direction, s; undefined where it does not swing. */
function meanPeriod(engine: Engine, scene: Scene): number | undefined {
  const crossings: number[] = [];
  let before = 1;
  play(engine, scene, FRAMES, (run, frame) => {
    const [x] = run.position(0);
    if (before > 0 && x <= 0) crossings.push((frame - 1 + before / (before - x)) * scene.dt);
    before = x;
  });
  if (crossings.length < 2) return undefined;
  return (crossings.at(-1)! - crossings[0]!) / (crossings.length - 1);
}

/** The largest change of energy in 60 s, as % of `scale` J. */
function drift(engine: Engine, scene: Scene, scale: number): number | undefined {
  const start = scene.bodies.reduce((sum, { position }) => sum + MASS * g * position[2], 0);
  let most = 0;
  const ran = play(engine, scene, FRAMES, (run) => {
    const now = scene.bodies.reduce((sum, _, i) => sum + energy(run, i), 0);
    most = Math.max(most, Math.abs(now - start));
  });
  return ran ? (100 * most) / scale : undefined;
}

function energy(run: Run, body: number): number {
  const square = ([x, y, z]: readonly [number, number, number]) => x * x + y * y + z * z;
  return (
    (MASS * square(run.velocity(body)) + INERTIA * square(run.spin(body))) / 2 +
    MASS * g * run.position(body)[2]
  );
}
