import { describe, expect, test } from 'vitest';
import { ball, box, floor, incline, mechanics, positionOf, spinOf, velocityOf } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';

const g = 9.81;

describe('a box that slides', () => {
  test.each([
    [1 / 60, 1, 0.3, 1e-4],
    [1 / 60, 4, 0.3, 1e-5],
    [1 / 240, 1, 0.3, 1e-5],
    [1 / 60, 4, 0.8, 1e-4],
  ])('at dt = %f, %i substeps, mu = %f stops after v²/(2 mu g)', (dt, substeps, friction, tolerance) => {
    const sliding = box([0.2, 0.2, 0.1], 3, { position: [0, 0, 0.1], velocity: [3, 0, 0] });
    const t = simulate(
      mechanics([floor, sliding], { friction, restitution: 0, dt, substeps }),
      Math.round(2 / dt),
    );
    const [x, y, z] = positionOf(t, -1, 1);
    expect(Math.abs(x / (9 / (2 * friction * g)) - 1)).toBeLessThan(tolerance);
    expect(Math.abs(y)).toBeLessThan(1e-9);
    expect(Math.abs(z - 0.1)).toBeLessThan(1e-5);
    expect(Math.abs(velocityOf(t, -1, 1)[0])).toBeLessThan(1e-9);
  });

  test('decelerates by mu g in any direction on the floor: the friction limit is a cone', () => {
    for (const angle of [0, 0.3, Math.PI / 4, 1.2]) {
      const direction = [Math.cos(angle), Math.sin(angle)] as const;
      const velocity: [number, number, number] = [4 * direction[0], 4 * direction[1], 0];
      const sliding = box([0.2, 0.2, 0.05], 1, { position: [0, 0, 0.05], velocity });
      const t = simulate(mechanics([floor, sliding], { friction: 0.5, restitution: 0 }), 31);
      const [vx, vy] = velocityOf(t, -1, 1);
      expect(Math.sqrt(vx * vx + vy * vy)).toBeCloseTo(4 - 0.5 * g * 0.5, 6);
    }
  });
});

describe('a box on an incline', () => {
  const run = (angle: number, friction: number) => {
    const { plane, turned, at } = incline(angle);
    const resting = box([0.3, 0.3, 0.1], 1, { position: at(0.1), quaternion: turned });
    const t = simulate(mechanics([plane, resting], { friction, restitution: 0 }), 121);
    const [x, y, z] = velocityOf(t, -1, 1);
    return Math.sqrt(x * x + y * y + z * z);
  };
  test.each([0.2, 0.5, 1])(
    'mu = %f: stays 0.05 degree below atan(mu) and slides 0.05 degree above',
    (friction) => {
      const tenth = (0.05 * Math.PI) / 180;
      expect(run(Math.atan(friction) - tenth, friction)).toBeLessThan(1e-4);
      const steeper = Math.atan(friction) + tenth;
      const acceleration = g * (Math.sin(steeper) - friction * Math.cos(steeper));
      expect(run(steeper, friction) / (2 * acceleration)).toBeCloseTo(1, 1);
    },
  );
  test('well above, accelerates by g (sin a - mu cos a)', () => {
    const angle = 0.6;
    expect(run(angle, 0.3)).toBeCloseTo(2 * g * (Math.sin(angle) - 0.3 * Math.cos(angle)), 4);
  });
});

describe('a ball', () => {
  test('rolls down an incline with 5/7 g sin a', () => {
    const { plane, at } = incline(0.3);
    const t = simulate(mechanics([plane, ball(0.2, 1, { position: at(0.2) })], { friction: 0.5 }), 61);
    const [x, , z] = velocityOf(t, -1, 1);
    expect(Math.sqrt(x * x + z * z)).toBeCloseTo((5 / 7) * g * Math.sin(0.3), 10);
    expect(spinOf(t, -1, 1)[1] * 0.2).toBeCloseTo(Math.sqrt(x * x + z * z), 10);
  });

  test('thrown without spin, slides and then rolls with 5/7 of its speed, for good', () => {
    const thrown = ball(0.2, 1, { position: [0, 0, 0.2], velocity: [3, 0, 0] });
    const t = simulate(mechanics([floor, thrown], { friction: 0.2 }), 600);
    for (const frame of [120, 599]) {
      expect(velocityOf(t, frame, 1)[0]).toBeCloseTo((5 / 7) * 3, 10);
      expect(spinOf(t, frame, 1)[1] * 0.2).toBeCloseTo((5 / 7) * 3, 10);
    }
  });

  test('slides without friction and does not spin', () => {
    const thrown = ball(0.2, 1, { position: [0, 0, 0.2], velocity: [3, 0, 0] });
    const t = simulate(mechanics([floor, thrown]), 120);
    expect(velocityOf(t, -1, 1)[0]).toBe(3);
    expect(spinOf(t, -1, 1)).toEqual([0, 0, 0]);
  });
});

describe('a box on a belt', () => {
  const belt = box([5, 1, 0.1], 0, { position: [0, 0, -0.1], surfaceVelocity: [2, 0, 0] });
  const parcel = box([0.2, 0.2, 0.1], 3, { position: [-2, 0, 0.1] });

  test('is drawn along by mu g until it has the speed of the belt, then rides', () => {
    const t = simulate(mechanics([belt, parcel], { friction: 0.4, restitution: 0 }), 121);
    const reached = 2 / (0.4 * g);
    expect(velocityOf(t, 20, 1)[0]).toBeCloseTo((0.4 * g * 20) / 60, 9);
    for (const frame of [40, 120]) expect(velocityOf(t, frame, 1)[0]).toBeCloseTo(2, 9);
    expect(positionOf(t, 120, 1)[0] + 2).toBeCloseTo(2 * 2 - (2 * reached) / 2, 3);
    expect(velocityOf(t, 120, 0)).toEqual([0, 0, 0]);
  });

  test('goes along a belt that is turned, in the belt’s own direction', () => {
    const turned = {
      ...belt,
      quaternion: [0, 0, Math.SQRT1_2, Math.SQRT1_2] as [number, number, number, number],
    };
    const t = simulate(
      mechanics([turned, { ...parcel, position: [0, -2, 0.1] }], { friction: 0.8, restitution: 0 }),
      61,
    );
    expect(velocityOf(t, 60, 1)[1]).toBeCloseTo(2, 9);
    expect(Math.abs(velocityOf(t, 60, 1)[0])).toBeLessThan(1e-9);
  });

  test('lands on it: bounce and friction together', () => {
    const thrown = box([0.2, 0.2, 0.1], 3, { position: [-2, 0, 0.6] });
    const t = simulate(mechanics([belt, thrown], { friction: 0.4, restitution: 0.5 }), 121);
    expect(velocityOf(t, 120, 1)[0]).toBeCloseTo(2, 9);
  });
});

// At one step a frame, most of the drift is the first steps', before the forces are found.
test.each([
  [1, 8e-3],
  [4, 1.5e-3],
])(
  'a tower of ten boxes stands for 10 s at %i steps a frame and moves by less than %f m',
  (substeps, drift) => {
    const boxes = Array.from({ length: 10 }, (_, i) =>
      box([0.5, 0.5, 0.5], 1, { position: [0, 0, 0.5 + i] }),
    );
    const t = simulate(mechanics([floor, ...boxes], { friction: 0.5, restitution: 0, substeps }), 600);
    for (let frame = 0; frame < 600; frame += 20)
      for (let i = 0; i < 10; i++) {
        const [x, y, z] = positionOf(t, frame, i + 1);
        const fall = z - 0.5 - i;
        expect(Math.sqrt(x * x + y * y + fall * fall)).toBeLessThan(drift);
      }
  },
  60_000,
);
