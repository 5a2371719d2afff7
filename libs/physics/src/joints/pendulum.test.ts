import { axisAngle, type SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { ball, box, mechanics, positionOf, velocityOf, spinOf, type Vector } from '../mechanics.fixture.ts';
import { simulate } from '../simulate.ts';
import type { Trajectory } from '../trajectory.ts';

type Joint = NonNullable<SceneInput['joints']>[number];
const g = 9.81;
const frames = Array.from({ length: 3601 }, (_, f) => f);

/** sqrt(L/g) 4 K(sin(a/2)) with K from the arithmetic-geometric mean: the exact period of a pendulum of amplitude a. */
function period(length: number, amplitude: number): number {
  let [a, b] = [1, Math.cos(amplitude / 2)];
  for (let i = 0; i < 40; i++) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
  return (2 * Math.PI * Math.sqrt(length / g)) / a;
}

/** Mean time between downward crossings of 0. */
function measuredPeriod(x: readonly number[], dt: number): number {
  const crossings: number[] = [];
  for (let f = 1; f < x.length; f++)
    if (x[f - 1]! > 0 && x[f]! <= 0) crossings.push((f - 1 + x[f - 1]! / (x[f - 1]! - x[f]!)) * dt);
  return (crossings.at(-1)! - crossings[0]!) / (crossings.length - 1);
}

const drift = (t: Trajectory, scale: number) =>
  Math.max(...t.energy.map((e) => Math.abs(e - t.energy[0]!))) / scale;
const size = (v: Vector) => Math.hypot(...v);

describe('a pendulum over 60 s at dt 1/60 with 4 substeps', () => {
  const radius = 0.05;
  const joints: Record<Joint['kind'], Joint> = {
    point: { ...at('point'), kind: 'point', anchorB: [0, 0, 1] },
    hinge: { ...at('hinge'), kind: 'hinge', anchorB: [0, 0, 1], axis: [0, -3, 0] },
    distance: { ...at('distance'), kind: 'distance', length: 1 },
  };
  function at(name: string) {
    return { name, bodyA: null, bodyB: 'body 0', anchorA: [0, 0, 0] as Vector };
  }
  // The ball turns with a point joint and a hinge, and not on a rod to its centre: I = m L² + 2/5 m r².
  const lengths = { point: 1 + 0.4 * radius ** 2, hinge: 1 + 0.4 * radius ** 2, distance: 1 };

  test.each(
    (['point', 'hinge', 'distance'] as const).flatMap((kind) => [10, 120].map((a) => [kind, a] as const)),
  )('on a %s, from %i degrees: the period of the elliptic integral, energy and length', (kind, degrees) => {
    const amplitude = (degrees * Math.PI) / 180;
    const bob = ball(radius, 1, {
      position: [Math.sin(amplitude), 0, -Math.cos(amplitude)],
      quaternion: axisAngle([0, 1, 0], -amplitude),
    });
    const t = simulate(mechanics([bob], {}, { joints: [joints[kind]] }), 3601);
    const measured = measuredPeriod(
      frames.map((f) => positionOf(t, f, 0)[0]),
      1 / 60,
    );
    expect(Math.abs(measured / period(lengths[kind], amplitude) - 1)).toBeLessThan(2e-4);
    expect(drift(t, g * (1 - Math.cos(amplitude)))).toBeLessThan(5e-4);
    expect(Math.max(...frames.map((f) => Math.abs(size(positionOf(t, f, 0)) - 1)))).toBeLessThan(1e-10);
  });
});

test('a bar on a hinge swings with the period of I / (m g d)', () => {
  const [half, d, amplitude] = [0.5, 0.4, 0.7];
  const bar = box([half, 0.05, 0.05], 2, {
    position: [d * Math.sin(amplitude), 0, -d * Math.cos(amplitude)],
    quaternion: axisAngle([0, 1, 0], Math.PI / 2 - amplitude),
  });
  const hinge: Joint = {
    ...{ kind: 'hinge', name: 'hinge', bodyA: null, bodyB: 'body 0' },
    ...{ anchorA: [0, 0, 0], anchorB: [-d, 0, 0], axis: [0, 1, 0] },
  };
  const t = simulate(
    mechanics([bar], {}, { joints: [{ ...hinge, reference: axisAngle([0, 1, 0], 0.3) }] }),
    1200,
  );
  const inertia = (2 / 3) * (half * half + 0.05 * 0.05) + 2 * d * d;
  const x = frames.slice(0, 1200).map((f) => positionOf(t, f, 0)[0]);
  expect(measuredPeriod(x, 1 / 60) / period(inertia / (2 * d), amplitude)).toBeCloseTo(1, 3.5);
});

test('a capsule on a hinge swings with the period of its own inertia', () => {
  const [r, h, d, amplitude] = [0.1, 0.4, 0.4, 1];
  const rod = {
    ...{ shape: { kind: 'capsule' as const, radius: r, halfLength: h }, mass: 1 },
    position: [d * Math.sin(amplitude), 0, -d * Math.cos(amplitude)] as Vector,
    quaternion: axisAngle([0, 1, 0], -amplitude),
  };
  const hinge: Joint = {
    ...{ kind: 'hinge', name: 'hinge', bodyA: null, bodyB: 'body 0' },
    ...{ anchorA: [0, 0, 0], anchorB: [0, 0, d], axis: [0, 1, 0], reference: axisAngle([0, 1, 0], 0) },
  };
  const t = simulate(mechanics([rod], {}, { joints: [hinge] }), 1200);
  // A cylinder of length 2 h and two half-balls, whose centres are 3/8 r beyond its ends.
  const [cylinder, halves] = [2 * h * r * r, (4 / 3) * r ** 3];
  const total = cylinder + halves;
  const across =
    (cylinder / total) * ((r * r) / 4 + (4 * h * h) / 12) +
    (halves / total) * ((2 / 5) * r * r + h * h + (3 / 4) * h * r);
  const x = frames.slice(0, 1200).map((f) => positionOf(t, f, 0)[0]);
  expect(measuredPeriod(x, 1 / 60) / period((across + d * d) / d, amplitude)).toBeCloseTo(1, 3.5);
  expect(drift(t, g * d * (1 - Math.cos(amplitude)))).toBeLessThan(1e-3);
});

test('a conical pendulum circles at its height, 2 pi sqrt(L cos a / g) a turn', () => {
  const a = 0.6;
  const speed = Math.sqrt(g * Math.sin(a) * Math.tan(a));
  const bob = ball(0.05, 1, { position: [Math.sin(a), 0, -Math.cos(a)], velocity: [0, speed, 0] });
  const rod: Joint = {
    kind: 'distance',
    name: 'rod',
    bodyA: null,
    bodyB: 'body 0',
    anchorA: [0, 0, 0],
    length: 1,
  };
  const t = simulate(mechanics([bob], {}, { joints: [rod] }), 1200);
  for (const f of [100, 500, 1199]) expect(positionOf(t, f, 0)[2]).toBeCloseTo(-Math.cos(a), 4);
  const y = frames.slice(0, 1200).map((f) => positionOf(t, f, 0)[1]);
  expect(measuredPeriod(y, 1 / 60) / (2 * Math.PI * Math.sqrt(Math.cos(a) / g))).toBeCloseTo(1, 4);
});

test('a spinning top precesses steadily: I1 w² cos a - I3 s w + m g d = 0', () => {
  // A square plate whose peg of length d stands in a point joint.
  const [d, tilt, spin, mass] = [0.3, 0.5, 120, 1];
  const [wide, thin] = [0.2, 0.02];
  const i3 = (mass / 3) * 2 * wide * wide;
  const i1 = (mass / 3) * (wide * wide + thin * thin) + mass * d * d;
  const [p, q, r] = [i1 * Math.cos(tilt), -i3 * spin, mass * g * d];
  const precession = (-q - Math.sqrt(q * q - 4 * p * r)) / (2 * p);
  // Spin along the axis is s in all; the rest is across it.
  const axis: Vector = [Math.sin(tilt), 0, Math.cos(tilt)];
  const along = spin - precession * Math.cos(tilt);
  const w: Vector = [along * axis[0], 0, along * axis[2] + precession];
  const top = box([wide, wide, thin], mass, {
    position: axis.map((c) => d * c) as Vector,
    quaternion: axisAngle([0, 1, 0], tilt),
    angularVelocity: w,
    velocity: [0, precession * d * Math.sin(tilt), 0],
  });
  const peg: Joint = {
    kind: 'point',
    name: 'peg',
    bodyA: null,
    bodyB: 'body 0',
    anchorA: [0, 0, 0],
    anchorB: [0, 0, -d],
  };
  const t = simulate(mechanics([top], { substeps: 8 }, { joints: [peg] }), 601);
  for (const f of [60, 300, 600]) {
    const [x, y, z] = positionOf(t, f, 0);
    expect(z).toBeCloseTo(d * Math.cos(tilt), 2.5);
    const turned = (precession * f) / 60;
    expect(
      Math.hypot(x / d / Math.sin(tilt) - Math.cos(turned), y / d / Math.sin(tilt) - Math.sin(turned)),
    ).toBeLessThan(0.03);
  }
  expect(drift(t, t.energy[0]!)).toBeLessThan(1e-4);
});

describe('more links', () => {
  const rod = (name: string, bodyA: string | null, bodyB: string, length: number): Joint => ({
    ...{ kind: 'distance', name, bodyA, bodyB, anchorA: [0, 0, 0], length },
  });
  const pin = (name: string, a: string | null, b: string, anchorA: Vector, anchorB: Vector): Joint => ({
    ...{ kind: 'hinge', name, bodyA: a, bodyB: b, anchorA, anchorB, axis: [0, 1, 0] },
  });

  test('a double pendulum of balls on rods keeps its energy over 60 s', () => {
    const t = simulate(
      mechanics(
        [ball(0.05, 1, { position: [1, 0, 0] }), ball(0.05, 1, { position: [2, 0, 0] })],
        {},
        { joints: [rod('a', null, 'body 0', 1), rod('b', 'body 0', 'body 1', 1)] },
      ),
      3601,
    );
    expect(drift(t, 3 * g)).toBeLessThan(2e-3);
  });

  test('a double pendulum of bars on hinges keeps its energy over 60 s', () => {
    const bar = (x: number) => box([0.5, 0.03, 0.02], 1, { position: [x, 0, 0] });
    const t = simulate(
      mechanics(
        [bar(0.5), bar(1.5)],
        {},
        {
          joints: [
            pin('a', null, 'body 0', [0, 0, 0], [-0.5, 0, 0]),
            pin('b', 'body 0', 'body 1', [0.5, 0, 0], [-0.5, 0, 0]),
          ],
        },
      ),
      3601,
    );
    expect(drift(t, 2 * g)).toBeLessThan(3e-3);
    // The hinges keep the bars in their plane.
    for (const f of [1000, 3600]) expect(Math.abs(positionOf(t, f, 1)[1])).toBeLessThan(1e-9);
  });

  test('small swings of two bobs on rods are the normal modes g/L (2 -+ sqrt 2)', () => {
    const mode = (sign: 1 | -1) => {
      const ratio = -sign * Math.SQRT2;
      const [a, b] = [0.01, 0.01 * ratio];
      const first: Vector = [Math.sin(a), 0, -Math.cos(a)];
      const second: Vector = [first[0] + Math.sin(b), 0, first[2] - Math.cos(b)];
      const t = simulate(
        mechanics(
          [ball(0.05, 1, { position: first }), ball(0.05, 1, { position: second })],
          {},
          { joints: [rod('a', null, 'body 0', 1), rod('b', 'body 0', 'body 1', 1)] },
        ),
        1200,
      );
      return measuredPeriod(
        frames.slice(0, 1200).map((f) => positionOf(t, f, 0)[0]),
        1 / 60,
      );
    };
    for (const sign of [1, -1] as const)
      expect(mode(sign) / ((2 * Math.PI) / Math.sqrt(g * (2 + sign * Math.SQRT2)))).toBeCloseTo(1, 3);
  });

  // Ten links that fall from the horizontal crack like a whip: they want 16 substeps, single pendulums 4.
  test('a chain of ten keeps its energy within 1 % and its joints within 1e-9 m', () => {
    const links = Array.from({ length: 10 }, (_, i) =>
      box([0.1, 0.02, 0.02], 1, { position: [0.1 + 0.2 * i, 0, 0], collides: false }),
    );
    const joints = links.map((_, i): Joint => ({
      ...{ kind: 'point', name: `joint ${i}`, bodyA: i ? `body ${i - 1}` : null, bodyB: `body ${i}` },
      ...{ anchorA: [i ? 0.1 : 0, 0, 0], anchorB: [-0.1, 0, 0] },
    }));
    const t = simulate(mechanics(links, { substeps: 16 }, { joints }), 301);
    expect(drift(t, 10 * g)).toBeLessThan(0.01);
    for (const f of [60, 180, 300])
      for (let i = 0; i < 9; i++) {
        const ends = [i, i + 1].map((body) => {
          const q = t.quaternion.subarray(4 * (f * 10 + body));
          const [x, y, z, w] = [q[0]!, q[1]!, q[2]!, q[3]!];
          const side = body === i ? 0.1 : -0.1;
          const arm = [1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)];
          return positionOf(t, f, body).map((p, k) => p + side * arm[k]!);
        });
        expect(size(ends[0]!.map((p, k) => p - ends[1]![k]!) as Vector)).toBeLessThan(1e-9);
      }
  }, 30_000);

  test('a four-bar linkage, whose hinges say some things twice, keeps its energy', () => {
    const t = simulate(
      mechanics(
        [
          box([0.02, 0.02, 0.5], 1, {
            position: [0, 0, 0.5],
            velocity: [1, 0, 0],
            angularVelocity: [0, 2, 0],
          }),
          box([0.5, 0.02, 0.02], 1, { position: [0.5, 0, 1], velocity: [2, 0, 0] }),
          box([0.02, 0.02, 0.5], 1, {
            position: [1, 0, 0.5],
            velocity: [1, 0, 0],
            angularVelocity: [0, 2, 0],
          }),
        ],
        {},
        {
          joints: [
            pin('a', null, 'body 0', [0, 0, 0], [0, 0, -0.5]),
            pin('b', 'body 0', 'body 1', [0, 0, 0.5], [-0.5, 0, 0]),
            pin('c', 'body 1', 'body 2', [0.5, 0, 0], [0, 0, 0.5]),
            pin('d', null, 'body 2', [1, 0, 0], [0, 0, -0.5]),
          ],
        },
      ),
      1200,
    );
    expect(drift(t, 2 * g)).toBeLessThan(2e-3);
    for (const f of [400, 1199]) expect(spinOf(t, f, 1)[1]).toBeCloseTo(0, 6);
  });

  test('a free pair keeps momentum, angular momentum and energy', () => {
    const half: Vector = [0.1, 0.2, 0.3];
    const t = simulate(
      mechanics(
        [
          box(half, 1, { position: [-0.1, 0, 0], angularVelocity: [0, 0, 3], velocity: [0, -0.3, 0] }),
          ball(0.2, 2, { position: [0.4, 0, 0] }),
        ],
        { gravity: 0 },
        {
          joints: [
            {
              kind: 'point',
              name: 'p',
              bodyA: 'body 0',
              bodyB: 'body 1',
              anchorA: [0.1, 0, 0],
              anchorB: [-0.4, 0, 0],
            },
          ],
        },
      ),
      1200,
    );
    const momentum = (f: number): Vector => {
      let sum: Vector = [0, 0, 0];
      const moments = [[0.13 / 3, 0.1 / 3, 0.05 / 3] as Vector, [0.032, 0.032, 0.032] as Vector];
      [1, 2].forEach((mass, i) => {
        const [x, v] = [positionOf(t, f, i), velocityOf(t, f, i)];
        const spin = inertiaTimes(moments[i]!, t.quaternion.subarray(4 * (2 * f + i)), spinOf(t, f, i));
        sum = [
          sum[0] + mass * (x[1] * v[2] - x[2] * v[1]) + spin[0],
          sum[1] + mass * (x[2] * v[0] - x[0] * v[2]) + spin[1],
          sum[2] + mass * (x[0] * v[1] - x[1] * v[0]) + spin[2],
        ];
      });
      return sum;
    };
    expect(size(momentum(0))).toBeGreaterThan(0.01);
    for (const f of [1, 600, 1199]) {
      momentum(f).forEach((l, i) => expect(l).toBeCloseTo(momentum(0)[i]!, 9));
      [0, 1, 2].forEach((i) => expect(t.momentum[3 * f + i]).toBeCloseTo(t.momentum[i]!, 12));
    }
    expect(drift(t, t.energy[0]!)).toBeLessThan(1e-3);
  });
});

/** R diag(moments) Rᵀ w. */
function inertiaTimes(moments: Vector, q: Float64Array, w: Vector): Vector {
  const [x, y, z, r] = q as unknown as [number, number, number, number];
  const rows: Vector[] = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * r), 2 * (x * z + y * r)],
    [2 * (x * y + z * r), 1 - 2 * (x * x + z * z), 2 * (y * z - x * r)],
    [2 * (x * z - y * r), 2 * (y * z + x * r), 1 - 2 * (x * x + y * y)],
  ];
  const local = [0, 1, 2].map((k) => moments[k]! * rows.reduce((sum, row, i) => sum + row[k]! * w[i]!, 0));
  return rows.map((row) => row.reduce((sum, e, k) => sum + e * local[k]!, 0)) as Vector;
}
