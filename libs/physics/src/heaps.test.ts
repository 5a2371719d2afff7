/** Many bodies, and the demonstrations of a lecture hall. */
import { axisAngle } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
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
} from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';

const g = 9.81;
const resting = { friction: 0.5, restitution: 0 };

describe('stacks', () => {
  test('a wall of bricks in a running bond stands for 5 s', () => {
    const bricks: Piece[] = [];
    for (let row = 0; row < 5; row++) {
      // Every other row begins and ends with half a brick: nothing hangs over by half of its length.
      const widths = row % 2 ? [0.1, 0.2, 0.2, 0.2, 0.1] : [0.2, 0.2, 0.2, 0.2];
      let x = 0;
      for (const half of widths) {
        bricks.push(box([half, 0.1, 0.1], 5 * half, { position: [x + half, 0, 0.1 + 0.2 * row] }));
        x += 2 * half;
      }
    }
    const t = simulate(mechanics([floor, ...bricks], resting), 300);
    bricks.forEach(({ position }, i) =>
      positionOf(t, -1, i + 1).forEach((x, k) => expect(Math.abs(x - position![k]!)).toBeLessThan(5e-3)),
    );
    expect(largestGain(t)).toBeLessThan(1e-4);
  }, 60_000);

  test('a pyramid of boxes stands', () => {
    const boxes: Piece[] = [];
    for (let row = 0; row < 4; row++)
      for (let column = 0; column < 4 - row; column++)
        boxes.push(box([0.2, 0.2, 0.2], 1, { position: [0.42 * column + 0.21 * row, 0, 0.2 + 0.4 * row] }));
    const t = simulate(mechanics([floor, ...boxes], resting), 240);
    boxes.forEach(({ position }, i) =>
      positionOf(t, -1, i + 1).forEach((x, k) => expect(Math.abs(x - position![k]!)).toBeLessThan(2e-3)),
    );
  }, 60_000);

  test('a box of 100 kg rests on one of 1 kg', () => {
    const pair = [1, 100].map((mass, i) => box([0.2, 0.2, 0.2], mass, { position: [0, 0, 0.2 + 0.4 * i] }));
    const t = simulate(mechanics([floor, ...pair], resting), 300);
    for (const i of [0, 1]) expect(positionOf(t, -1, i + 1)[2]).toBeCloseTo(0.2 + 0.4 * i, 3);
    const carried = t.contacts[299]!.filter(({ bodyA }) => bodyA === 0);
    expect(carried.reduce((sum, { impulse }) => sum + impulse, 0)).toBeCloseTo((101 * g) / 60, 1);
  });

  test('a coin that falls askew comes to lie flat', () => {
    const flat = box([0.1, 0.1, 0.004], 0.02, {
      position: [1, 0, 0.3],
      quaternion: axisAngle([1, 0.3, 0], 0.4),
    });
    const t = simulate(mechanics([floor, flat], { friction: 0.3, restitution: 0.2 }), 240);
    expect(positionOf(t, -1, 1)[2]).toBeCloseTo(0.004, 4);
    expect(largestGain(t)).toBeLessThan(1e-5);
  });

  test('a ball in a corner of three planes stays there', () => {
    const planes = [
      floor,
      { ...floor, quaternion: axisAngle([0, 1, 0], Math.PI / 2) },
      { ...floor, quaternion: axisAngle([1, 0, 0], -Math.PI / 2) },
    ];
    const thrown = ball(0.2, 1, { position: [0.5, 0.6, 0.4], velocity: [-3, -4, 0] });
    const t = simulate(mechanics([...planes, thrown], { friction: 0.3, restitution: 0.3 }), 600);
    const [x, y, z] = positionOf(t, -1, 3);
    for (const distance of [x, y, z]) expect(distance).toBeGreaterThan(0.2 - 1e-4);
    expect(z).toBeCloseTo(0.2, 4);
    expect(largestGain(t)).toBeLessThan(1e-6);
  });
});

describe('what is dropped', () => {
  test.each([
    ['flat', [0, 0, 0, 1] as const],
    ['on an edge', axisAngle([1, 0, 0], Math.PI / 4)],
    ['on a corner', axisAngle([1, -1, 0], Math.atan(Math.SQRT2))],
    ['askew', axisAngle([1, 2, 3], 1)],
  ])('a box %s never gains energy, whatever its bounce', (_, quaternion) => {
    for (const restitution of [0, 0.5, 1])
      for (const friction of [0, 0.5]) {
        const dropped = box([0.2, 0.2, 0.2], 1, { position: [0, 0, 1.5], quaternion: [...quaternion] });
        const t = simulate(mechanics([floor, dropped], { restitution, friction }), 180);
        expect(largestGain(t)).toBeLessThan(1e-6);
        if (restitution === 1 && friction === 0)
          expect(Math.abs(t.energy[179]! / t.energy[0]! - 1)).toBeLessThan(1e-6);
        if (restitution === 0) expect(positionOf(t, -1, 1)[2]).toBeLessThan(0.36);
      }
  });

  test('flat with e = 0.5, a box rises to e² of its fall and does not turn', () => {
    const t = simulate(
      mechanics([floor, box([0.2, 0.2, 0.2], 1, { position: [0, 0, 1.2] })], {
        restitution: 0.5,
        friction: 0.4,
      }),
      120,
    );
    const apexes: number[] = [];
    t.contacts.forEach((contacts, f) => {
      if (contacts.length > 0 && velocityOf(t, f, 1)[2] > 0)
        apexes.push(positionOf(t, f, 1)[2] - 0.2 + velocityOf(t, f, 1)[2] ** 2 / (2 * g));
    });
    expect(apexes[0]).toBeCloseTo(0.25, 4);
    expect(apexes[1]).toBeCloseTo(0.0625, 4);
    spinOf(t, -1, 1).forEach((w) => expect(Math.abs(w)).toBeLessThan(1e-6));
  });

  test('a spinning ball between two plates (Garwin’s superball) never gains energy', () => {
    const plates = [
      floor,
      {
        ...floor,
        position: [0, 0, 1] as [number, number, number],
        quaternion: [1, 0, 0, 0] as [number, number, number, number],
      },
    ];
    const thrown = ball(0.1, 1, { position: [0, 0, 0.5], velocity: [2, 0, -5], angularVelocity: [0, 30, 5] });
    const t = simulate(mechanics([...plates, thrown], { restitution: 1, friction: 1 }), 300);
    expect(largestGain(t)).toBeLessThan(1e-12);
    expect(t.contacts.flat().length).toBeGreaterThan(15);
  });
});

describe('rows', () => {
  test("Newton's cradle at rest in contact: one in, one out, the others stay", () => {
    const balls = Array.from({ length: 5 }, (_, i) =>
      ball(0.1, 1, { position: [0.2 * i - (i === 0 ? 0.5 : 0), 0, 0], velocity: [i === 0 ? 1 : 0, 0, 0] }),
    );
    const t = simulate(mechanics(balls, { gravity: 0, substeps: 1 }), 60);
    expect([0, 1, 2, 3, 4].map((i) => Math.round(velocityOf(t, -1, i)[0] * 1e9) / 1e9)).toEqual([
      0, 0, 0, 0, 1,
    ]);
  });

  test('billiards: after a glancing hit equal balls part at right angles', () => {
    for (const offset of [0.02, 0.09, 0.15]) {
      const pair = [
        ball(0.1, 1, { position: [-1, offset, 0], velocity: [3, 0, 0] }),
        ball(0.1, 1, { position: [0, 0, 0] }),
      ];
      const t = simulate(mechanics(pair, { gravity: 0, substeps: 1 }), 60);
      const [a, b] = [velocityOf(t, -1, 0), velocityOf(t, -1, 1)];
      expect(Math.abs(a[0] * b[0] + a[1] * b[1])).toBeLessThan(1e-9);
    }
  });

  test('dominoes fall one after another, and the last falls', () => {
    const dominoes = Array.from({ length: 8 }, (_, i) =>
      box([0.02, 0.1, 0.2], 0.5, { position: [0.2 * i, 0, 0.2] }),
    );
    const knock = ball(0.05, 0.5, { position: [-0.3, 0, 0.35], velocity: [2, 0, 0] });
    const t = simulate(mechanics([floor, ...dominoes, knock], { friction: 0.4, restitution: 0.1 }), 240);
    const fallen = dominoes.map((_, i) =>
      Array.from({ length: 240 }, (_, f) => f).findIndex((f) => positionOf(t, f, i + 1)[2] < 0.17),
    );
    for (let i = 1; i < 8; i++) expect(fallen[i]).toBeGreaterThan(fallen[i - 1]!);
    expect(fallen[0]).toBeGreaterThan(0);
    expect(largestGain(t)).toBeLessThan(1e-4);
  }, 30_000);
});

test('a ball with backspin comes back: v = (5 v0 + 2 r w0) / 7', () => {
  const thrown = ball(0.2, 1, { position: [0, 0, 0.2], velocity: [2, 0, 0], angularVelocity: [0, -50, 0] });
  const t = simulate(mechanics([floor, thrown], { friction: 0.3 }), 300);
  expect(velocityOf(t, -1, 1)[0]).toBeCloseTo((5 * 2 - 2 * 0.2 * 50) / 7, 9);
});

describe('nothing passes what moves', () => {
  const shots = (speed: number) => [
    ball(0.05, 0.1, { velocity: [speed, 0, 0] }),
    box([0.05, 0.05, 0.05], 0.1, { velocity: [speed, 0, 0], angularVelocity: [9, 4, 2] }),
    capsule(0.05, 0.05, 0.1, { velocity: [speed, 0, 0], angularVelocity: [9, 4, 2] }),
  ];

  test.each([5, 20, 60])('a wall that comes at the same speed, %i m/s', (speed) => {
    for (const shot of shots(speed))
      for (const offset of [0, 0.07, 0.13]) {
        const wall = box([0.1, 2, 2], 1e4, { velocity: [-speed, 0, 0], position: [2 + offset, 0, 0] });
        const t = simulate(
          mechanics([wall, { ...shot, position: [-2, 0.1, 0.2] }], { gravity: 0, substeps: 1 }),
          60,
        );
        for (let f = 0; f < 60; f++) expect(positionOf(t, f, 1)[0]).toBeLessThan(positionOf(t, f, 0)[0]);
      }
  });

  test.each([5, 20, 60])('a bar that turns, %i m/s: energy and momentum stay', (speed) => {
    for (const shot of shots(speed))
      for (const height of [-0.3, -0.1, 0.1, 0.2]) {
        const bar = box([0.1, 2, 1], 100, { angularVelocity: [0, 12, 0] });
        const scene = mechanics([bar, { ...shot, position: [-1.7, 0.1, height] }], {
          gravity: 0,
          substeps: 1,
        });
        const t = simulate(scene, 60);
        expect(largestGain(t)).toBeLessThan(1e-5);
        expect(t.contacts.flat().length).toBeGreaterThan(0);
        for (const k of [0, 1, 2])
          expect(Math.abs(t.momentum[3 * 59 + k]! - t.momentum[k]!)).toBeLessThan(1e-9 * speed);
      }
  });
});
