import { axisAngle } from '@orrery/scene';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RigidBody } from './body.ts';
import {
  ball,
  box,
  capsule,
  floor,
  largestGain,
  mechanics,
  positionOf,
  spinOf,
  velocityOf,
  type Piece,
  type Vector,
} from './mechanics.fixture.ts';
import { CollisionPairs } from './pairs.ts';
import { simulate } from './simulate.ts';

const g = 9.81;

describe('head-on pairs', () => {
  // v1' = ((m1 - e m2) v1 + (1 + e) m2 v2) / (m1 + m2), and with 1 and 2 swapped.
  const after = (m1: number, m2: number, v1: number, v2: number, e: number) =>
    ((m1 - e * m2) * v1 + (1 + e) * m2 * v2) / (m1 + m2);

  test('part with the velocities of momentum and restitution, for any masses, radii and speeds', () => {
    const exponent = fc.double({ min: -3, max: 6, noNaN: true }).map((x) => 10 ** x);
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(exponent, unit, unit, unit, (ratio, e, speed, size) => {
        const [v1, v2] = [0.5 + 20 * speed, -0.3];
        const [r1, r2] = [0.05 + size, 0.1];
        const scene = mechanics(
          [
            ball(r1, 1, { position: [-0.4 - r1, 0, 0], velocity: [v1, 0, 0] }),
            ball(r2, ratio, { position: [r2, 0, 0], velocity: [v2, 0, 0] }),
          ],
          { restitution: e, gravity: 0, substeps: 1 },
        );
        const t = simulate(scene, 60);
        const [w1, w2] = [velocityOf(t, -1, 0)[0], velocityOf(t, -1, 1)[0]];
        expect(Math.abs(w1 - after(1, ratio, v1, v2, e))).toBeLessThan(1e-12 * v1);
        expect(Math.abs(w2 - after(ratio, 1, v2, v1, e))).toBeLessThan(1e-12 * v1);
        const [before, now] = [t.momentum[0]!, t.momentum[3 * 59]!];
        expect(Math.abs(now - before)).toBeLessThan(1e-9 * (v1 + 0.3 * ratio));
        expect(t.energy[59]! / t.energy[0]! - 1).toBeLessThan(1e-12);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('the contact is recorded once, from the first body to the second, with its impulse', () => {
    const pair = [
      ball(0.1, 1, { position: [-1, 0, 0], velocity: [2, 0, 0] }),
      ball(0.1, 3, { position: [0.3, 0, 0] }),
    ];
    const contacts = simulate(mechanics(pair, { gravity: 0 }), 60).contacts.flat();
    // Impulse (1 + e) m v with the reduced mass m = 0.75 kg; the first ball touches at x = 0.2 m.
    expect(contacts).toHaveLength(1);
    expect(contacts[0]).toMatchObject({ bodyA: 0, bodyB: 1, normal: [1, 0, 0] });
    expect(contacts[0]!.impulse).toBeCloseTo(2 * 0.75 * 2, 12);
    expect(contacts[0]!.point[0]).toBeCloseTo(0.2, 6);
  });
});

test('a glancing pair exchanges what lies along the line of centres', () => {
  // Equal balls at the impact parameter b = r: the line of centres makes 30 degrees with the flight.
  const r = 0.1;
  const scene = mechanics(
    [ball(r, 1, { position: [-1, r, 0], velocity: [3, 0, 0] }), ball(r, 1, { position: [0.5, 0, 0] })],
    { gravity: 0 },
  );
  const t = simulate(scene, 60);
  const along = 3 * Math.cos(Math.PI / 6);
  const struck = velocityOf(t, -1, 1);
  // The impact is found within 1e-7 m of touching: 1e-6 in the angle.
  expect(struck[0]).toBeCloseTo(along * Math.cos(Math.PI / 6), 5);
  expect(struck[1]).toBeCloseTo(-along * Math.sin(Math.PI / 6), 5);
  expect(t.energy[59]).toBeCloseTo(t.energy[0]!, 12);
});

test("Newton's cradle: three balls in, three balls out", () => {
  const balls = Array.from({ length: 5 }, (_, i) =>
    ball(0.1, 1, { position: [0.2 * i - (i < 3 ? 0.5 : 0), 0, 0], velocity: [i < 3 ? 1 : 0, 0, 0] }),
  );
  const t = simulate(mechanics(balls, { gravity: 0 }), 80);
  expect([0, 1, 2, 3, 4].map((i) => Math.round(velocityOf(t, -1, i)[0] * 1e9) / 1e9)).toEqual([
    0, 0, 1, 1, 1,
  ]);
});

test('a small ball on a big one bounces with (3 M - m) / (M + m) of the speed of the fall', () => {
  const [m, M, drop] = [0.06, 0.6, 1];
  const scene = mechanics([
    floor,
    ball(0.12, M, { position: [0, 0, drop + 0.12] }),
    ball(0.03, m, { position: [0, 0, drop + 0.2701] }),
  ]);
  const t = simulate(scene, 60);
  const frame = t.contacts.findIndex((contacts) => contacts.some(({ bodyA }) => bodyA === 1));
  const v = Math.sqrt(2 * g * drop);
  const height = positionOf(t, frame, 2)[2] + velocityOf(t, frame, 2)[2] ** 2 / (2 * g);
  // The gap of 0.1 mm between the balls moves the second impact by microseconds.
  expect(height - 0.27).toBeCloseTo((v * ((3 * M - m) / (M + m))) ** 2 / (2 * g), 1);
});

describe('a ball dropped from 5 m', () => {
  test.each([
    [1, 1 / 60, 1, 1e-12],
    [1, 1 / 240, 1, 1e-12],
    [0.9, 1 / 60, 4, 1e-7],
    [0.9, 1 / 20, 12, 1e-7],
    [0.5, 1 / 60, 1, 1e-4],
    [0.5, 1 / 240, 4, 1e-4],
  ])(
    'with e = %f at dt = %f, %i substeps: the first five apexes are 5 e^(2k) m',
    (e, dt, substeps, tolerance) => {
      const scene = mechanics([floor, ball(0.1, 1, { position: [0, 0, 5.1] })], {
        restitution: e,
        dt,
        substeps,
      });
      const t = simulate(scene, Math.round(12 / dt));
      const apexes: number[] = [];
      t.contacts.forEach((contacts, f) => {
        if (contacts.length > 0)
          apexes.push(positionOf(t, f, 1)[2] - 0.1 + velocityOf(t, f, 1)[2] ** 2 / (2 * g));
      });
      expect(apexes.length).toBeGreaterThanOrEqual(5);
      apexes
        .slice(0, 5)
        .forEach((apex, k) => expect(Math.abs(apex / (5 * e ** (2 * k + 2)) - 1)).toBeLessThan(tolerance));
      // t.energy[0] is the drop's: no frame has more than the one before.
      expect(largestGain(t)).toBeLessThan(1e-10);
    },
  );

  test('with e = 0.5 comes to rest on the floor and stays', () => {
    const t = simulate(
      mechanics([floor, ball(0.1, 1, { position: [0, 0, 5.1] })], { restitution: 0.5 }),
      600,
    );
    expect(positionOf(t, -1, 1)[2]).toBeCloseTo(0.1, 4);
    expect(Math.abs(velocityOf(t, -1, 1)[2])).toBeLessThan(1e-9);
    // At rest the floor gives m g dt in each frame.
    expect(t.contacts[599]![0]!.impulse).toBeCloseTo(g / 60, 9);
  });
});

describe('an oblique bounce with friction (Coulomb)', () => {
  // Approach u along the normal, slip s: it slides with mu (1 + e) u off the slip, or rolls, which takes 2/7 of s.
  test.each([
    [0.1, 4 - 0.1 * 1.8 * 3, 'slides'],
    [2, (5 / 7) * 4, 'grips'],
  ])('mu = %f: leaves with %f m/s along the floor: it %s', (friction, along) => {
    const up = 0.2;
    const speed = Math.sqrt(9 - 2 * g * up); // 3 m/s at the floor
    const thrown = ball(0.1, 1, { position: [0, 0, 0.1 + up], velocity: [4, 0, -speed] });
    const t = simulate(mechanics([floor, thrown], { restitution: 0.8, friction }), 20);
    // Found within 1e-7 m of touching: 1e-6 of the arm of 0.1 m.
    expect(velocityOf(t, -1, 1)[0]).toBeCloseTo(along, 6);
    expect(spinOf(t, -1, 1)[1]).toBeCloseTo((4 - along) / ((2 / 5) * 0.1), 4);
  });
});

describe('nothing tunnels', () => {
  const wall = box([0.1, 2, 2], 0);
  test.each([5, 15, 30, 45, 60, 300])('a ball of r = 0.1 m against a wall of 0.2 m at %i m/s', (speed) => {
    for (const offset of [0, 0.013, 0.031]) {
      const shot = ball(0.1, 1, { position: [-2 - offset, 0.03, 0.05], velocity: [speed, 0, 0] });
      const t = simulate(mechanics([wall, shot], { gravity: 0, substeps: 1 }), 60);
      expect(velocityOf(t, -1, 1)[0]).toBeCloseTo(-speed, 9);
    }
  });

  // A corner that hits turns 60 m/s into 200 turns a second: the other corners come round many times in a step.
  test.each([
    ['box', 45, 6],
    ['box', 60, 4],
    ['box', 60, 6],
    ['capsule', 45, 0],
    ['capsule', 60, 2],
    ['capsule', 60, 7],
  ])('a %s at %i m/s that a hit off its centre sets spinning', (kind, speed, start) => {
    const flight = {
      position: [-2 - (start * speed) / 600, 0.03, 0.05],
      ...{ velocity: [speed, 0, 0], angularVelocity: [1, 5, 3] },
    } as const satisfies Partial<Piece>;
    const shot = kind === 'box' ? box([0.05, 0.05, 0.05], 1, flight) : capsule(0.05, 0.1, 1, flight);
    const t = simulate(mechanics([box([0.1, 3, 3], 0), shot], { gravity: 0, substeps: 1 }), 60);
    for (let frame = 0; frame < 60; frame++) expect(positionOf(t, frame, 1)[0]).toBeLessThan(0);
    expect(largestGain(t)).toBeLessThan(1e-6);
  });

  test('bullets that fly towards each other, and boxes onto a plate', () => {
    const bullets = [-1, 1].map((side) =>
      ball(0.01, 1, { position: [side * 3.017, 0, 0], velocity: [-side * 200, 0, 0] }),
    );
    const t = simulate(mechanics(bullets, { gravity: 0, substeps: 1 }), 10);
    expect(velocityOf(t, -1, 0)[0]).toBeCloseTo(-200, 9);
    const plate = box([2, 2, 0.05], 0);
    const brick = box([0.1, 0.1, 0.1], 1, { position: [0.3, 0, 2], velocity: [0, 0, -60] });
    const bounced = simulate(mechanics([plate, brick], { gravity: 0, substeps: 1 }), 30);
    expect(velocityOf(bounced, -1, 1)[2]).toBeCloseTo(60, 6);
  });
});

test('crossing edges: a box on its edge bounces off the edge of another without turning', () => {
  const low = box([0.3, 0.3, 0.3], 0, { quaternion: axisAngle([1, 0, 0], Math.PI / 4) });
  const high = 2 * Math.SQRT2 * 0.3;
  const top = box([0.3, 0.3, 0.3], 1, {
    position: [0, 0, high + 0.35],
    quaternion: axisAngle([0, 1, 0], Math.PI / 4),
  });
  const t = simulate(mechanics([low, top]), 120);
  const contacts = t.contacts.flat();
  expect(contacts.length).toBeGreaterThanOrEqual(3);
  for (const { point, impulse } of contacts) {
    expect(impulse).toBeCloseTo(2 * Math.sqrt(2 * g * 0.35), 4);
    point.forEach((x, k) => expect(x).toBeCloseTo([0, 0, high / 2][k]!, 6));
  }
  spinOf(t, -1, 1).forEach((w) => expect(Math.abs(w)).toBeLessThan(1e-6));
  // Off the middle of both edges it turns, and keeps its energy.
  const off = simulate(mechanics([low, { ...top, position: [0.05, 0.02, 1.2] }]), 30);
  expect(Math.abs(spinOf(off, -1, 1)[0])).toBeGreaterThan(0.1);
  expect(Math.abs(off.energy[29]! / off.energy[0]! - 1)).toBeLessThan(1e-9);
});

test('momentum and angular momentum of a closed system stay, with friction and boxes', () => {
  const bodies = [
    ball(0.2, 1, { position: [-0.6, 0.1, 0], velocity: [3, 0, 0.2], angularVelocity: [0, 9, 3] }),
    ball(0.3, 4, { position: [0.3, 0, 0.1], velocity: [-1, 0.3, 0] }),
    box([0.2, 0.3, 0.1], 2, { position: [1.2, 0.1, 0], velocity: [-3, 0, 0.1], angularVelocity: [2, -1, 4] }),
  ];
  const t = simulate(mechanics(bodies, { gravity: 0, friction: 0.4, restitution: 0.7 }), 120);
  expect(t.contacts.flat().length).toBeGreaterThanOrEqual(2);
  const scale = 3 + 4 + 6;
  for (let f = 1; f < 120; f++)
    for (const k of [0, 1, 2])
      expect(Math.abs(t.momentum[3 * f + k]! - t.momentum[k]!)).toBeLessThan(1e-12 * scale);
  expect(largestGain(t)).toBeLessThan(1e-7);
});

test('a spinning pair of balls that grip keeps its angular momentum', () => {
  const balls = [
    ball(0.2, 1, { position: [-0.6, 0.1, 0], velocity: [3, 0, 0], angularVelocity: [0, 9, 3] }),
    ball(0.3, 4, { position: [0.3, 0, 0.1] }),
  ];
  const t = simulate(mechanics(balls, { gravity: 0, friction: 0.4, restitution: 0.7 }), 60);
  const inertia = [(2 / 5) * 0.04, (2 / 5) * 4 * 0.09];
  const total = (frame: number): Vector => {
    const sum: Vector = [0, 0, 0];
    [1, 4].forEach((m, i) => {
      const [x, v, w] = [positionOf(t, frame, i), velocityOf(t, frame, i), spinOf(t, frame, i)];
      for (const k of [0, 1, 2] as const) {
        const [p, q] = [((k + 1) % 3) as 0 | 1 | 2, ((k + 2) % 3) as 0 | 1 | 2];
        sum[k] += m * (x[p] * v[q] - x[q] * v[p]) + inertia[i]! * w[k];
      }
    });
    return sum;
  };
  expect(t.contacts.flat()).toHaveLength(1);
  total(59).forEach((l, k) => expect(l).toBeCloseTo(total(0)[k]!, 12));
});

describe('bodies that pass through others', () => {
  const pair = [
    ball(0.1, 1, { position: [-1, 0, 0], velocity: [2, 0, 0] }),
    ball(0.1, 3, { position: [0.3, 0, 0] }),
  ];

  test('those that do not collide', () => {
    const ghost = { ...pair[1]!, collides: false };
    expect(velocityOf(simulate(mechanics([pair[0]!, ghost], { gravity: 0 }), 60), -1, 0)[0]).toBe(2);
  });

  test('excluded pairs, and all pairs of an excluded body', () => {
    const bodies = mechanics([{ ...floor, position: [0, 0, -1] }, ...pair]).bodies.map(
      (body) => new RigidBody(body),
    );
    const pairs = new CollisionPairs(bodies);
    expect(pairs.length).toBe(3);
    pairs.exclude(bodies[1]!, bodies[2]!);
    expect(pairs.length).toBe(2);
    pairs.excludeBody(bodies[2]!);
    expect([pairs.one, pairs.other]).toEqual([[bodies[1]], [bodies[0]]]);
  });
});
