import type { Scene, SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import {
  ball,
  box,
  floor,
  incline,
  mechanics,
  positionOf,
  spinOf,
  velocityOf,
  type Piece,
  type Setting,
} from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import { startSimulation } from './simulation.ts';
import type { Contact, Trajectory } from './trajectory.ts';

const g = 9.81;
const rough: Setting = { friction: 0.5, restitution: 0 };
const crate = (x: number, z = 0.2, mass = 1): Piece => box([0.2, 0.2, 0.2], mass, { position: [x, 0, z] });
/** A field that acts on nothing: with it no body rests. */
const restless: Partial<SceneInput> = { fields: [{ kind: 'charge', constant: 1 }] };

/** In which frames each body lies still. */
function restingFrames(scene: Scene, frames: number): boolean[][] {
  const simulation = startSimulation(scene);
  return Array.from({ length: frames }, (_, frame) => {
    if (frame > 0) simulation.step();
    return simulation.bodies.map(({ resting }) => resting !== undefined);
  });
}

const sumOf = (contacts: readonly Contact[]) => contacts.reduce((sum, { impulse }) => sum + impulse, 0);

/** m, the centre of the pressure */
const centreOf = (contacts: readonly Contact[]) =>
  [0, 1, 2].map(
    (k) => contacts.reduce((sum, { point, impulse }) => sum + point[k]! * impulse, 0) / sumOf(contacts),
  );

/** The largest difference of positions (m) and velocities (m/s) of two trajectories. */
function difference(one: Trajectory, other: Trajectory, frames = one.frames): number {
  let most = 0;
  for (const array of ['position', 'velocity'] as const)
    for (let i = 0; i < 3 * one.bodies * frames; i++)
      most = Math.max(most, Math.abs(one[array][i]! - other[array][i]!));
  return most;
}

describe('at rest', () => {
  const pile = [floor, crate(0), crate(0.1, 0.6, 3), ball(0.1, 2, { position: [3, 0, 0.1] })];

  test('nothing moves, and the contacts are recorded with the weight that they carry', () => {
    const t = simulate(mechanics(pile, rough), 120);
    expect(restingFrames(mechanics(pile, rough), 120)[30]).toEqual([false, true, true, true]);
    for (let frame = 31; frame < 120; frame++) {
      for (const body of [1, 2, 3]) {
        expect(velocityOf(t, frame, body)).toEqual([0, 0, 0]);
        expect(spinOf(t, frame, body)).toEqual([0, 0, 0]);
        expect(positionOf(t, frame, body)).toEqual(positionOf(t, 30, body));
      }
      expect(t.energy[frame]).toBe(t.energy[30]);
      const on = (a: number, b: number) =>
        t.contacts[frame]!.filter(({ bodyA, bodyB }) => bodyA === a && bodyB === b);
      expect(sumOf(on(0, 1)) / ((4 * g) / 60) - 1).toBeCloseTo(0, 7);
      expect(sumOf(on(1, 2)) / ((3 * g) / 60) - 1).toBeCloseTo(0, 7);
      expect(sumOf(on(0, 3)) / ((2 * g) / 60) - 1).toBeCloseTo(0, 7);
      // They carry the moments, too: the centre of pressure is below the centre of mass.
      expect(centreOf(on(1, 2))[0]).toBeCloseTo(positionOf(t, frame, 2)[0], 8);
    }
  });

  test('it lies where it would lie if it were solved for in each step, with the same contacts', () => {
    const [rested, solved] = [mechanics(pile, rough), mechanics(pile, rough, restless)].map((scene) =>
      simulate(scene, 120),
    ) as [Trajectory, Trajectory];
    expect(difference(rested, solved)).toBeLessThan(1e-7);
    for (let frame = 1; frame < 120; frame++)
      for (const pair of [
        [0, 1],
        [1, 2],
        [0, 3],
      ] as const) {
        const [a, b] = [rested, solved].map(({ contacts }) =>
          contacts[frame]!.filter(({ bodyA, bodyB }) => bodyA === pair[0] && bodyB === pair[1]),
        ) as [Contact[], Contact[]];
        expect(a).toHaveLength(b.length);
        expect(sumOf(a) / sumOf(b)).toBeCloseTo(1, 6);
        centreOf(a).forEach((x, k) => expect(x).toBeCloseTo(centreOf(b)[k]!, 6));
      }
  });

  test('the same scene gives the same bits', () => {
    const struck = [...pile, ball(0.1, 1, { position: [-3, 0, 0.3], velocity: [4, 0, 0] })];
    expect(simulate(mechanics(struck, rough), 120)).toEqual(simulate(mechanics(struck, rough), 120));
  });
});

describe('what does not rest', () => {
  test('a box on a slope whose friction is a ten-thousandth too little; with so much more it rests', () => {
    const angle = 0.4;
    const { plane, turned, at } = incline(angle);
    for (const share of [1e-4, -1e-4]) {
      const friction = Math.tan(angle) * (1 - share);
      const lying = box([0.2, 0.2, 0.2], 1, { position: at(0.2), quaternion: [...turned] });
      const scene = mechanics([plane, lying], { friction, restitution: 0 });
      const t = simulate(scene, 601);
      const [x, y, z] = positionOf(t, -1, 1).map((c, k) => c - positionOf(t, 0, 1)[k]!);
      const gone = Math.hypot(x!, y!, z!);
      if (share > 0) expect(gone / (0.5 * g * Math.sin(angle) * share * 100)).toBeCloseTo(1, 1);
      else expect(gone).toBeLessThan(1e-5);
      expect(restingFrames(scene, 60).at(-1)![1]).toBe(share < 0);
    }
  });

  test('a domino on its edge, a millionth off balance: it falls when the inverted pendulum does', () => {
    const [a, b] = [0.06, 0.35];
    const arm = Math.hypot(a, b);
    const off = 1e-6;
    // Turned about y until its centre is over its lower edge, and by `off` more.
    const angle = Math.atan2(a, b) + off;
    const domino = box([a, 0.22, b], 1, {
      position: [arm * Math.sin(off), 0, arm * Math.cos(off)],
      quaternion: [0, Math.sin(angle / 2), 0, Math.cos(angle / 2)],
    });
    const t = simulate(mechanics([floor, domino], { friction: 1, restitution: 0, substeps: 16 }), 120);
    // (I + m r²) θ'' = m g r θ
    const rate = Math.sqrt((g * arm) / ((4 / 3) * arm * arm));
    for (const frame of [60, 90])
      expect(positionOf(t, frame, 1)[0] / (arm * off * Math.cosh((rate * frame) / 60))).toBeCloseTo(1, 1);
  });

  test('what glides or rolls, however slowly', () => {
    const speed = 1e-7;
    const gliding = box([0.2, 0.2, 0.2], 1, { position: [0, 0, 0.2], velocity: [speed, 0, 0] });
    const t = simulate(mechanics([floor, gliding], { friction: 0, restitution: 0 }), 301);
    expect(positionOf(t, -1, 1)[0] / (5 * speed)).toBeCloseTo(1, 9);
    const rolling = ball(0.1, 1, {
      position: [0, 0, 0.1],
      velocity: [speed, 0, 0],
      angularVelocity: [0, speed / 0.1, 0],
    });
    const u = simulate(mechanics([floor, rolling], rough), 301);
    expect(positionOf(u, -1, 1)[0] / (5 * speed)).toBeCloseTo(1, 6);
  });

  test('bodies that hold to nothing: a closed system keeps its momentum', () => {
    const drifting = [0, 0.4].map((x) =>
      box([0.2, 0.2, 0.2], 1, { position: [x, 0, 0], velocity: [0, 1e-9, 0] }),
    );
    const t = simulate(mechanics(drifting, { ...rough, gravity: 0 }), 120);
    expect(t.momentum[3 * 119 + 1]).toBeCloseTo(2e-9, 18);
    const leaving = mechanics(
      [floor, box([0.2, 0.2, 0.2], 1, { position: [0, 0, 0.2], velocity: [0, 0, 1e-9] })],
      { ...rough, gravity: 0 },
    );
    expect(velocityOf(simulate(leaving, 120), -1, 1)).toEqual([0, 0, 1e-9]);
  });

  test('a box that a belt rubs against a wall: the work goes on', () => {
    const belt = box([2, 1, 0.1], 0, { position: [0, 0, -0.1], surfaceVelocity: [1, 0, 0] });
    const wall = box([0.1, 1, 1], 0, {
      position: [0.3, 0, 1],
      material: { friction: 0, restitution: 0 },
    });
    const scene = mechanics([belt, wall, crate(0)], rough);
    const simulation = startSimulation(scene);
    for (let frame = 0; frame < 60; frame++) simulation.step();
    const before = simulation.work();
    for (let frame = 0; frame < 60; frame++) simulation.step();
    expect((simulation.work() - before) / (0.5 * g)).toBeCloseTo(1, 3);
    expect(simulation.bodies[2]!.resting).toBeUndefined();
  });
});

describe('what wakes', () => {
  test('a box that a ball hits: as if it had never rested', () => {
    const pieces = [floor, crate(0), ball(0.1, 1, { position: [-2, 0, 0.2], velocity: [4, 0, 0.5] })];
    const scene = mechanics(pieces, rough);
    const resting = restingFrames(scene, 120).map((frame) => frame[1]);
    expect(resting.indexOf(true)).toBeLessThan(8);
    const hit = resting.indexOf(false, 10);
    expect(hit).toBeGreaterThan(20);
    const [t, solved] = [scene, mechanics(pieces, rough, restless)].map((s) => simulate(s, 120)) as [
      Trajectory,
      Trajectory,
    ];
    expect(velocityOf(t, hit, 1)[0]).toBeGreaterThan(0.5);
    expect(difference(t, solved, 60)).toBeLessThan(1e-5);
    // It has slid until friction stopped it. The ball beside it rolls on for ever, so that neither rests.
    expect(Math.hypot(...velocityOf(t, -1, 1))).toBeLessThan(1e-9);
    expect(resting.at(-1)).toBe(false);
  });

  test('a ball that rolls in slowly, and the ball that it meets', () => {
    const pieces = [
      floor,
      ball(0.1, 1, { position: [0, 0, 0.1] }),
      ball(0.1, 1, { position: [-0.25, 0, 0.1], velocity: [0.1, 0, 0], angularVelocity: [0, 1, 0] }),
    ];
    const setting = { friction: 0.5, restitution: 0.9 };
    const [t, solved] = [mechanics(pieces, setting), mechanics(pieces, setting, restless)].map((scene) =>
      simulate(scene, 120),
    ) as [Trajectory, Trajectory];
    expect(restingFrames(mechanics(pieces, setting), 20)[15]![1]).toBe(true);
    expect(velocityOf(t, -1, 1)[0]).toBeGreaterThan(0.02);
    expect(difference(t, solved)).toBeLessThan(1e-6);
  });

  test('a tower whose lowest box is struck out: all of it, and the crate beside it sleeps on', () => {
    const tower = [0.2, 0.6, 1].map((z) => crate(0, z));
    const shot = ball(0.15, 20, { position: [-4, 0, 0.2], velocity: [10, 0, 0] });
    const scene = mechanics([floor, ...tower, shot, crate(0, 0.2, 1)].map(aside), rough);
    const resting = restingFrames(scene, 60);
    expect(resting[15]).toEqual([false, true, true, true, false, true]);
    const struck = resting.findIndex((frame, i) => i > 15 && !frame[1]);
    expect(resting[struck]).toEqual([false, false, false, false, false, true]);
    const t = simulate(scene, 60);
    expect(positionOf(t, -1, 1)[0]).toBeGreaterThan(0.5);
    expect(positionOf(t, -1, 3)[2]).toBeLessThan(0.9);
  });

  test('a box that another comes to lie on: from then on they rest together', () => {
    const scene = mechanics([floor, crate(0), crate(0.05, 2)], rough);
    const simulation = startSimulation(scene);
    for (let frame = 0; frame < 20; frame++) simulation.step();
    const [, below, above] = simulation.bodies;
    expect(below!.resting?.bodies).toEqual([below]);
    let woken = false;
    for (let frame = 0; frame < 100; frame++) {
      simulation.step();
      woken ||= !below!.resting;
    }
    expect(woken).toBe(true);
    expect(below!.resting?.bodies).toHaveLength(2);
    expect(above!.resting).toBe(below!.resting);
  });

  test('whatever rests, when an intervention acts', () => {
    const interventions: SceneInput['interventions'] = [{ kind: 'vanish', frame: 30, body: 'body 1' }];
    const pieces = [floor, crate(0), crate(0, 0.6)];
    const t = simulate(mechanics(pieces, rough, { interventions }), 40);
    const fallen = positionOf(t, 29, 2)[2] - positionOf(t, 36, 2)[2];
    expect(fallen / (0.5 * g * (6 / 60) ** 2)).toBeCloseTo(1, 6);
    const up = simulate(
      mechanics(pieces, rough, { interventions: [{ kind: 'gravity', frame: 30, factor: -1 }] }),
      40,
    );
    expect((positionOf(up, 36, 2)[2] - positionOf(up, 29, 2)[2]) / (0.5 * g * (6 / 60) ** 2)).toBeCloseTo(
      1,
      6,
    );
  });
});

/** The last piece two metres away from the others. */
function aside(piece: Piece, i: number, all: readonly Piece[]): Piece {
  const [x, y, z] = piece.position ?? [0, 0, 0];
  return i < all.length - 1 ? piece : { ...piece, position: [x, y + 2, z] };
}
