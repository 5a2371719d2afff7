/** The scenes that are shipped, simulated: what each promises of its motion. */
import { scenes, shiftConfig, trackedBodies, type Scene } from '@orrery/scene';
import { describe, expect, test, vi } from 'vitest';
import { largestGain, positionOf, velocityOf } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import type { Trajectory } from './trajectory.ts';

vi.setConfig({ testTimeout: 60_000 });

const SEEDS = 3;

/** How long to watch each scene, in frames, and which bodies must have moved by the end. */
interface Expectation {
  readonly frames: number;
  readonly movers: (scene: Scene) => readonly number[];
  /** How far energy may grow, see `lift`; `LIFT` unless given. */
  readonly lift?: number;
}
const expectations: Readonly<Record<string, Expectation>> = {
  uniform: { frames: 32, movers: trackedBodies },
  parabola: { frames: 32, movers: trackedBodies },
  collision: { frames: 32, movers: trackedBodies },
  bounce: { frames: 40, movers: trackedBodies },
  billiards: { frames: 40, movers: (scene) => (scene.factors['break'] === 1 ? [0, 1] : [0]) },
  // What stands does not move; an unstable tower's top box falls.
  stack: {
    frames: 40,
    movers: (scene) => (scene.factors['stable'] === 0 ? [scene.factors['height']! - 1] : []),
  },
  dominoes: { frames: 60, movers: trackedBodies },
  ramp: { frames: 60, movers: (scene) => (slides(scene) ? [0] : []) },
  pendulum: { frames: 60, movers: trackedBodies },
  // Its integrator lets the energy waver as bobs whip round, and does not let it drift.
  'double-pendulum': { frames: 60, movers: trackedBodies, lift: 1e-3 },
  nbody: { frames: 60, movers: (scene) => trackedBodies(scene).slice(1) },
  occluder: { frames: 60, movers: trackedBodies },
};

/** Whether what lies on an incline goes down it: it rolls, or friction does not hold it. */
const slides = ({ bodies, factors }: Scene): boolean =>
  bodies[0]!.shape.kind !== 'box' || factors['friction']! < Math.tan(factors['angle']!);

const sample = (name: string, seed: number, shift?: string, variant?: string): Scene => {
  const definition = scenes[name]!;
  const config = definition.config.parse({});
  return definition.sample([17, seed], shift ? shiftConfig(definition, config, shift) : config, variant);
};

/** Energy may grow by as much as lifts all bodies by this, m: overlap that is parted lifts what lies on top. */
const LIFT = 5e-5;

/** The largest growth of energy from one frame to the next, as a lift of all bodies against gravity of 1 m/s² or more, m. */
function lift(scene: Scene, t: Trajectory): number {
  const mass = scene.bodies.reduce((sum, body) => sum + body.mass, 0);
  const weight = mass * Math.max(...scene.gravity.map(Math.abs), 1);
  return (largestGain(t) * Math.abs(t.energy[0]!)) / weight;
}

/** The farthest that a body has been from where it started, m. */
function excursion(t: Trajectory, body: number): number {
  const [x, y, z] = positionOf(t, 0, body);
  let farthest = 0;
  for (let frame = 1; frame < t.frames; frame++) {
    const [px, py, pz] = positionOf(t, frame, body);
    farthest = Math.max(farthest, Math.sqrt((px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2));
  }
  return farthest;
}

test('each scene without actuators is here', () => {
  const passive = Object.keys(scenes).filter((name) => !scenes[name]!.policies);
  expect(passive.sort()).toEqual(Object.keys(expectations).sort());
});

const speedOf = (t: Trajectory, frame: number, body: number): number => {
  const [x, y, z] = velocityOf(t, frame, body);
  return Math.sqrt(x * x + y * y + z * z);
};

describe.each(Object.entries(expectations))('%s', (name, { frames, movers, lift: most = LIFT }) => {
  const definition = scenes[name]!;

  test.each([undefined, ...Object.keys(definition.factors)])('is passive and moves; shifted: %s', (shift) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const scene = sample(name, seed, shift);
      const t = simulate(scene, frames);
      expect(lift(scene, t), `seed ${seed}`).toBeLessThan(most);
      for (const body of movers(scene))
        expect(excursion(t, body), `seed ${seed}, ${scene.bodies[body]!.name}`).toBeGreaterThan(0.02);
    }
  });
});

describe('collision', () => {
  test('the balls meet once, and both are in view for 8 frames before and after', () => {
    for (let seed = 0; seed < 30; seed++) {
      const scene = sample('collision', seed);
      const t = simulate(scene, 32);
      const impacts = t.contacts.flatMap((contacts, frame) => contacts.map(() => frame));
      expect(impacts).toHaveLength(1);
      const [frame] = impacts as [number];
      expect(frame).toBeGreaterThan(8);
      for (let f = 0; f <= frame + 7; f++)
        for (const body of [0, 1]) expect(Math.abs(positionOf(t, f, body)[0] - 5)).toBeLessThanOrEqual(5);
    }
  });
});

describe('stack', () => {
  test('a tower stands exactly where statics says so', () => {
    let standing = 0;
    for (let seed = 0; seed < 16; seed++) {
      const scene = sample('stack', seed);
      const t = simulate(scene, 30);
      const moved = Math.max(...trackedBodies(scene).map((body) => excursion(t, body)));
      expect(moved < 0.01, `seed ${seed}, margin ${scene.factors['margin']} m`).toBe(
        scene.factors['stable'] === 1,
      );
      standing += scene.factors['stable']!;
    }
    expect(standing).toBeGreaterThan(3);
    expect(standing).toBeLessThan(13);
  });

  test('piles of boxes come to rest', () => {
    for (let seed = 0; seed < 3; seed++) {
      const { config } = scenes['stack']!;
      const scene = scenes['stack']!.sample([3, seed], config.parse({ arrangement: 'pile' }));
      const t = simulate(scene, 80);
      // Edges meet edges, where the overlap is deeper: 1 mm.
      expect(lift(scene, t)).toBeLessThan(1e-3);
      for (const body of trackedBodies(scene)) expect(speedOf(t, -1, body)).toBeLessThan(0.02);
    }
  });
});

describe('dominoes', () => {
  test('the whole row falls: each domino ends up tilted by more than 60 degrees', () => {
    for (let seed = 0; seed < 4; seed++) {
      const scene = sample('dominoes', seed);
      const t = simulate(scene, 75);
      for (const body of trackedBodies(scene).filter((i) => i > 0)) {
        const [x, y] = t.quaternion.subarray(4 * (74 * t.bodies + body)) as unknown as [number, number];
        // The height of the body's z axis: 1 - 2 (x² + y²).
        expect(1 - 2 * (x * x + y * y), `seed ${seed}, ${scene.bodies[body]!.name}`).toBeLessThan(0.5);
      }
    }
  });
});

describe.each(['pendulum', 'double-pendulum'])('%s', (name) => {
  test('rods keep their length, all stays in the plane of the picture and in view, energy in bounds', () => {
    for (let seed = 0; seed < 3; seed++) {
      const scene = sample(name, seed);
      const t = simulate(scene, 200);
      const weight = -scene.gravity[2] * scene.bodies.reduce((sum, { mass }) => sum + mass, 0);
      for (let frame = 0; frame < 200; frame++) {
        expect(Math.abs(t.energy[frame]! - t.energy[0]!) / weight).toBeLessThan(2e-3);
        const [x, y, z] = positionOf(t, frame, 1);
        const [x0, , z0] = scene.bodies[1]!.position;
        expect(Math.abs(Math.sqrt(x * x + z * z) - Math.sqrt(x0 * x0 + z0 * z0))).toBeLessThan(1e-6);
        expect(y).toBe(0);
        for (let body = 0; body < t.bodies; body++)
          for (const c of positionOf(t, frame, body)) expect(Math.abs(c)).toBeLessThan(1.6);
      }
    }
  });
});

describe('nbody', () => {
  test('orbits stay bound and in view; energy and the resting centre of mass are kept', () => {
    for (let seed = 0; seed < 8; seed++) {
      const t = simulate(sample('nbody', seed), 100);
      for (let frame = 0; frame < 100; frame++) {
        for (let body = 0; body < t.bodies; body++)
          for (const c of positionOf(t, frame, body)) expect(Math.abs(c)).toBeLessThan(2.2);
        expect(Math.abs(t.energy[frame]! / t.energy[0]! - 1)).toBeLessThan(1e-4);
      }
      expect(Math.abs(t.momentum[3 * 99]!) + Math.abs(t.momentum[3 * 99 + 2]!)).toBeLessThan(1e-12);
    }
  });
});

describe('occluder', () => {
  const pairOf = (seed: number, variant: string) =>
    [sample('occluder', seed), sample('occluder', seed, undefined, variant)] as const;

  test.each(scenes['occluder']!.variants!)(
    '%s: the pair is one until the violation, and two after it',
    (variant) => {
      for (let seed = 0; seed < 4; seed++) {
        const [possible, impossible] = pairOf(seed, variant);
        const [a, b] = [simulate(possible, 60), simulate(impossible, 60)];
        const { frame } = impossible.interventions[0]!;
        const until = 3 * a.bodies * frame;
        expect(b.position.subarray(0, until)).toEqual(a.position.subarray(0, until));
        expect(frame).toBeGreaterThan(1);
        // A colour is no motion.
        if (variant !== 'color-swap') expect(b.position).not.toEqual(a.position);
      }
    },
  );

  test('with the block in the way the ball turns back; through it, it goes on', () => {
    for (let seed = 0; seed < 4; seed++) {
      const [possible, impossible] = pairOf(seed, 'pass-through');
      expect(simulate(possible, 60).velocity[3 * 59 * possible.bodies.length]).toBeLessThan(0);
      const through = simulate(impossible, 60);
      expect(through.velocity[3 * 59 * impossible.bodies.length]).toBeCloseTo(
        possible.bodies[0]!.velocity[0],
        9,
      );
    }
  });
});
