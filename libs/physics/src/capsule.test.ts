import { axisAngle, rotate, type Quaternion } from '@orrery/scene';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RigidBody } from './body.ts';
import {
  ball,
  box,
  capsule,
  floor,
  incline,
  largestGain,
  mechanics,
  positionOf,
  spinOf,
  velocityOf,
} from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';

const g = 9.81;
/** Along x: the segment is along local z. */
const lying = axisAngle([0, 1, 0], Math.PI / 2);
const [r, h] = [0.1, 0.3];

test('moments of inertia: a cylinder and two half-balls', () => {
  const moments = ([x, y]: [number, number]) => {
    const { bodies } = mechanics([capsule(x, y, 3)]);
    return new RigidBody(bodies[0]!).moments;
  };
  // By numerical quadrature of the solid, scipy.integrate.quad over z of the discs' moments (radius 0.1, half-length 0.3).
  const { x, y, z } = moments([r, h]);
  expect(x).toBe(y);
  const slices = 200_000;
  let [volume, along, across] = [0, 0, 0];
  for (let i = 0; i < slices; i++) {
    const at = ((i + 0.5) / slices) * (r + h);
    const beyond = Math.max(0, at - h);
    const disc = Math.PI * (r * r - beyond * beyond);
    const s2 = r * r - beyond * beyond;
    volume += disc;
    along += (disc * s2) / 2;
    across += disc * (s2 / 4 + at * at);
  }
  expect(z).toBeCloseTo((3 * along) / volume, 8);
  expect(x).toBeCloseTo((3 * across) / volume, 8);
  // Without length it is a ball.
  expect(moments([r, 1e-12]).x).toBeCloseTo((2 / 5) * 3 * r * r, 12);
});

describe('a capsule that rolls', () => {
  test('accelerates down an incline by g sin a / (1 + I / (m r²))', () => {
    const { plane, at } = incline(0.3);
    const along = axisAngle([1, 0, 0], Math.PI / 2); // its axis is horizontal, along y
    const rolling = capsule(r, h, 2, { position: at(r), quaternion: along });
    const t = simulate(mechanics([plane, rolling], { friction: 0.6, restitution: 0 }), 61);
    const inertia = new RigidBody(mechanics([rolling]).bodies[0]!).moments.z;
    const [x, , z] = velocityOf(t, -1, 1);
    expect(Math.sqrt(x * x + z * z)).toBeCloseTo((g * Math.sin(0.3)) / (1 + inertia / (2 * r * r)), 8);
    expect(spinOf(t, -1, 1)[1] * r).toBeCloseTo(Math.sqrt(x * x + z * z), 8);
  });
});

describe('a capsule at rest', () => {
  test.each<[string, Quaternion, number]>([
    ['lies', lying, r],
    ['stands, until something pushes it', [0, 0, 0, 1], r + h],
  ])('%s on a floor and on a box', (_, quaternion, height) => {
    for (const ground of [floor, box([1, 1, 0.2], 0, { position: [0, 0, -0.2] })]) {
      const still = capsule(r, h, 1, { position: [0, 0, height], quaternion });
      const t = simulate(mechanics([ground, still], { friction: 0.5, restitution: 0 }), 120);
      positionOf(t, -1, 1).forEach((x, k) => expect(x).toBeCloseTo([0, 0, height][k]!, 5));
      const contacts = t.contacts[119]!;
      expect(contacts).toHaveLength(height === r ? 2 : 1);
      expect(contacts.reduce((sum, { impulse }) => sum + impulse, 0)).toBeCloseTo(g / 60, 8);
    }
  });

  test('three lie in a pyramid between walls, on two contacts a pair', () => {
    const at = (x: number, z: number) =>
      capsule(r, h, 1, { position: [x, 0, z], quaternion: axisAngle([1, 0, 0], Math.PI / 2) });
    const walls = [-1, 1].map((side) => box([0.5, 1, 1], 0, { position: [side * (2 * r + 0.5), 0, 0] }));
    const bodies = [floor, ...walls, at(-r, r), at(r, r), at(0, r + Math.sqrt(3) * r)];
    const t = simulate(mechanics(bodies, { friction: 0.5, restitution: 0 }), 180);
    expect(positionOf(t, -1, 5)[2]).toBeCloseTo(r + Math.sqrt(3) * r, 4);
    expect(t.contacts[179]!.filter(({ bodyA, bodyB }) => bodyA === 3 && bodyB === 5)).toHaveLength(2);
  });

  test('falls over from its end and comes to lie, with energy that never grows', () => {
    const tilted = axisAngle([0, 1, 0], 0.05);
    const [x, , z] = rotate(tilted, [0, 0, h]);
    const t = simulate(
      mechanics([floor, capsule(r, h, 1, { position: [x, 0, z + r], quaternion: tilted })], {
        ...{ friction: 0.5, restitution: 0.2 },
      }),
      300,
    );
    expect(positionOf(t, -1, 1)[2]).toBeCloseTo(r, 4);
    expect(largestGain(t)).toBeLessThan(1e-6);
  });
});

describe('a capsule that collides', () => {
  test('end on, as a ball does: velocities of momentum and restitution', () => {
    const flying = capsule(r, h, 2, { position: [-1, 0, 0], quaternion: lying, velocity: [3, 0, 0] });
    for (const target of [
      ball(0.2, 1, { position: [0.4, 0, 0] }),
      capsule(0.2, 0.1, 1, { position: [0.4, 0, 0] }),
      capsule(0.2, 0.1, 1, { position: [0.4, 0, 0], quaternion: lying }),
      box([0.2, 0.2, 0.2], 1, { position: [0.4, 0, 0] }),
    ]) {
      const t = simulate(mechanics([flying, target], { gravity: 0, substeps: 1 }), 60);
      expect(velocityOf(t, -1, 0)[0]).toBeCloseTo(1, 9);
      expect(velocityOf(t, -1, 1)[0]).toBeCloseTo(4, 9);
    }
  });

  test('a free stick struck at its end: closed form of the impulse', () => {
    // A ball hits the stick across, s from its centre: J = (1 + e) v / (1/m + 1/M + s²/I).
    const s = 0.25;
    const stick = capsule(r, h, 2, {}); // along z
    const bullet = ball(0.05, 0.5, { position: [-1, 0, s], velocity: [4, 0, 0] });
    const t = simulate(mechanics([stick, bullet], { gravity: 0 }), 60);
    const inertia = new RigidBody(mechanics([stick]).bodies[0]!).moments.x;
    const impulse = (2 * 4) / (1 / 0.5 + 1 / 2 + (s * s) / inertia);
    expect(velocityOf(t, -1, 0)[0]).toBeCloseTo(impulse / 2, 9);
    expect(spinOf(t, -1, 0)[1]).toBeCloseTo((impulse * s) / inertia, 7);
    expect(velocityOf(t, -1, 1)[0]).toBeCloseTo(4 - impulse / 0.5, 9);
    expect(largestGain(t)).toBeLessThan(1e-9);
  });

  test('any capsule with any shape: energy and momentum stay, nothing passes', () => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    const turn = fc.tuple(unit, unit, unit, fc.double({ min: 0, max: 3, noNaN: true }));
    fc.assert(
      fc.property(turn, turn, unit, unit, fc.integer({ min: 0, max: 2 }), (q1, q2, y, z, kind) => {
        const orientation = ([a, b, c, angle]: typeof q1) => axisAngle([a, b, c + 1.5], angle);
        const thrown = capsule(r, h, 1, {
          ...{ position: [-1.5, 0.2 * y, 0.2 * z], velocity: [40, 0, 0] },
          ...{ quaternion: orientation(q1), angularVelocity: [q2[0] * 5, q2[1] * 5, 2] },
        });
        const rest = { position: [0, 0, 0] as [number, number, number], quaternion: orientation(q2) };
        const target = [ball(0.4, 5, rest), box([0.3, 0.2, 0.4], 5, rest), capsule(0.25, 0.3, 5, rest)][
          kind
        ]!;
        const t = simulate(mechanics([target, thrown], { gravity: 0, substeps: 1 }), 30);
        const scale = 40;
        for (const k of [0, 1, 2])
          expect(Math.abs(t.momentum[3 * 29 + k]! - t.momentum[k]!)).toBeLessThan(1e-12 * scale);
        expect(largestGain(t)).toBeLessThan(1e-5);
        expect(Math.abs(t.energy[29]! / t.energy[0]! - 1)).toBeLessThan(1e-4);
        expect(t.contacts.flat().length).toBeGreaterThan(0);
        expect(positionOf(t, -1, 1)[0]).toBeLessThan(positionOf(t, -1, 0)[0] + 1);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe('no capsule tunnels', () => {
  test.each([10, 30, 60])('at %i m/s, tumbling, into a wall of 0.2 m and a plane', (speed) => {
    const wall = box([0.1, 3, 3], 0);
    const plane = { ...floor, quaternion: axisAngle([0, 1, 0], -Math.PI / 2) };
    for (const target of [wall, plane])
      for (const offset of [0, 0.013, 0.031]) {
        const shot = capsule(0.05, 0.1, 1, {
          ...{ position: [-2 - offset, 0.03, 0.05], velocity: [speed, 0, 0] },
          ...{ quaternion: axisAngle([1, 1, 0], 1), angularVelocity: [3, 20, 9] },
        });
        const t = simulate(mechanics([target, shot], { gravity: 0, substeps: 1 }), 40);
        for (let frame = 0; frame < 40; frame++) expect(positionOf(t, frame, 1)[0]).toBeLessThan(0);
        expect(velocityOf(t, -1, 1)[0]).toBeLessThan(0);
        expect(largestGain(t)).toBeLessThan(1e-6);
      }
  });
});
