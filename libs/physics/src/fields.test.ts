import type { SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { ball, box, mechanics, positionOf, spinOf, velocityOf, type Vector } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import type { Trajectory } from './trajectory.ts';

type Field = NonNullable<SceneInput['fields']>[number];
const inField = (pieces: Parameters<typeof mechanics>[0], fields: Field[], gravity = 0, substeps = 4) =>
  mechanics(pieces, { gravity, substeps }, { fields });

/** The largest difference of the energy from that of frame 0, as a share of `scale`. */
const energyError = (t: Trajectory, scale = Math.abs(t.energy[0]!)) =>
  Math.max(...t.energy.map((energy) => Math.abs(energy - t.energy[0]!))) / scale;

describe('springs', () => {
  const spring = (rest: object = {}): Field => ({
    ...{ kind: 'spring', bodyA: null, bodyB: 'body 0', length: 1, stiffness: 8 },
    ...rest,
  });

  test('an oscillator follows x = L + A cos(sqrt(k/m) t) for a minute', () => {
    const t = simulate(inField([ball(0.1, 2, { position: [1.3, 0, 0] })], [spring()]), 3600);
    for (let f = 0; f < 600; f++) expect(positionOf(t, f, 0)[0]).toBeCloseTo(1 + 0.3 * Math.cos(f / 30), 4);
    const highest = Math.max(...Array.from({ length: 600 }, (_, f) => positionOf(t, 3000 + f, 0)[0]));
    expect(highest).toBeCloseTo(1.3, 3);
    expect(energyError(t)).toBeLessThan(1e-4);
  });

  test('gravity stretches it by m g / k', () => {
    // Hung up at rest it swings about z = -(L + m g / k).
    const t = simulate(inField([ball(0.1, 2, { position: [0, 0, -1] })], [spring()], 9.81), 600);
    const sag = (2 * 9.81) / 8;
    for (const f of [50, 311, 599])
      expect(positionOf(t, f, 0)[2]).toBeCloseTo(-1 - sag + sag * Math.cos(f / 30), 3);
    expect(energyError(t, 2 * 9.81 * sag)).toBeLessThan(1e-4);
  });

  test('damping: x = L + A exp(-g t) (cos w t + g/w sin w t), g = c / 2m', () => {
    const t = simulate(inField([ball(0.1, 2, { position: [1.5, 0, 0] })], [spring({ damping: 1 })]), 600);
    const g = 1 / 4;
    const w = Math.sqrt(4 - g * g);
    for (const f of [30, 100, 400, 599]) {
      const s = f / 60;
      const x = 0.5 * Math.exp(-g * s) * (Math.cos(w * s) + (g / w) * Math.sin(w * s));
      expect(positionOf(t, f, 0)[0] - 1).toBeCloseTo(x, 3);
    }
    expect(Math.max(...t.energy.map((e, f) => (f ? e - t.energy[f - 1]! : 0)))).toBeLessThan(1e-6);
  });

  test('a spring without a rest length gives an ellipse about the anchor', () => {
    const piece = ball(0.1, 1, { position: [1, 0, 0], velocity: [0, 1, 0] });
    const t = simulate(inField([piece], [spring({ length: 0, stiffness: 4 })]), 1000);
    for (const f of [77, 500, 999]) {
      const [x, y] = positionOf(t, f, 0);
      expect(x).toBeCloseTo(Math.cos(f / 30), 3);
      expect(y).toBeCloseTo(0.5 * Math.sin(f / 30), 3);
    }
  });

  test('two masses on three springs beat: the energy wanders from one to the other and back', () => {
    const [k, coupling] = [10, 1];
    const wall = (x: number, body: string) =>
      spring({ anchorA: [x, 0, 0], bodyB: body, stiffness: k, length: 1 });
    const t = simulate(
      inField(
        [ball(0.1, 1, { position: [-0.8, 0, 0] }), ball(0.1, 1, { position: [1, 0, 0] })],
        [
          ...[wall(-2, 'body 0'), wall(2, 'body 1')],
          spring({ bodyA: 'body 0', bodyB: 'body 1', stiffness: coupling, length: 2 }),
        ],
      ),
      2400,
    );
    // Normal modes: sqrt(k/m) in step, sqrt((k + 2 k')/m) against each other.
    const [slow, fast] = [Math.sqrt(k), Math.sqrt(k + 2 * coupling)];
    for (const f of [10, 300, 1111, 2399]) {
      const [a, b] = [Math.cos((slow * f) / 60), Math.cos((fast * f) / 60)];
      expect(positionOf(t, f, 0)[0]).toBeCloseTo(-1 + 0.1 * (a + b), 2);
      expect(positionOf(t, f, 1)[0]).toBeCloseTo(1 + 0.1 * (a - b), 2);
    }
    expect(energyError(t)).toBeLessThan(1e-4);
  });

  test('fixed off the centre of a box it turns it; momentum, angular momentum and energy stay', () => {
    const half: Vector = [0.1, 0.2, 0.3];
    const t = simulate(
      inField(
        [box(half, 1), box(half, 2, { position: [0, 0, 1.5], velocity: [0.5, 0, 0] })],
        [
          spring({
            ...{ bodyA: 'body 0', bodyB: 'body 1', anchorA: [0.1, 0.2, 0.3], anchorB: [-0.1, 0.2, -0.3] },
            ...{ length: 0.5, stiffness: 20 },
          }),
        ],
      ),
      1200,
    );
    expect(Math.hypot(...spinOf(t, 600, 0))).toBeGreaterThan(0.1);
    expect(energyError(t)).toBeLessThan(2e-3);
    for (const f of [1, 600, 1199])
      [1, 0, 0].forEach((p, i) => expect(t.momentum[3 * f + i]).toBeCloseTo(p, 12));
  });
});

describe('gravitation', () => {
  /** A planet that circles a heavier star: at its apocentre 1 + e, where G m = 1 and the semi-axis is 1. */
  const orbit = (eccentricity: number, frames: number, substeps = 4) => {
    const speed = Math.sqrt((1 - eccentricity) / (1 + eccentricity));
    const [star, planet] = [0.9, 0.1];
    return simulate(
      inField(
        [
          ball(0.01, star, {
            position: [-planet * (1 + eccentricity), 0, 0],
            velocity: [0, -planet * speed, 0],
          }),
          ball(0.01, planet, { position: [star * (1 + eccentricity), 0, 0], velocity: [0, star * speed, 0] }),
        ],
        [{ kind: 'gravitation', constant: 1 }],
        0,
        substeps,
      ),
      frames,
    );
  };
  const apart = (t: Trajectory, f: number) =>
    positionOf(t, f, 1).map((x, i) => x - positionOf(t, f, 0)[i]!) as Vector;

  test('a circular orbit stays one: separation 1, period 2 pi', () => {
    const t = orbit(0, 3771);
    for (const f of [100, 1000, 3770]) {
      const [x, y] = apart(t, f);
      expect(Math.hypot(x, y)).toBeCloseTo(1, 4);
      expect(x).toBeCloseTo(Math.cos(f / 60), 3);
      expect(y).toBeCloseTo(Math.sin(f / 60), 3);
    }
  });

  test('an orbit of eccentricity 0.5 closes after each period of 2 pi', () => {
    const t = orbit(0.5, 3771);
    for (const period of [1, 5, 10]) {
      // Between frames 60 * 2 pi * period and the next.
      const at = 60 * 2 * Math.PI * period;
      const f = Math.floor(at);
      const [a, b] = [apart(t, f), apart(t, Math.min(f + 1, 3770))];
      const [x, y] = a.map((c, i) => c + (at - f) * (b[i]! - c)) as Vector;
      expect(Math.hypot(x - 1.5, y)).toBeLessThan(1.5e-3 * period);
    }
  });

  test('over a hundred periods energy keeps within 0.1 %, momenta within rounding', () => {
    const t = orbit(0.5, 37700);
    expect(energyError(t)).toBeLessThan(1e-3);
    const turn = (f: number) => {
      const [[x, y], [u, v]] = [apart(t, f), velocityOf(t, f, 1).map((c, i) => c - velocityOf(t, f, 0)[i]!)];
      return x * v! - y * u!;
    };
    for (const f of [1000, 20000, 37699]) {
      expect(turn(f) / turn(0)).toBeCloseTo(1, 10);
      [0, 1, 2].forEach((i) => expect(Math.abs(t.momentum[3 * f + i]!)).toBeLessThan(1e-13));
    }
  });

  test('softening keeps a fall through the centre finite', () => {
    const t = simulate(
      inField(
        [ball(0.01, 1, { position: [-1, 0, 0] }), ball(0.01, 1, { position: [1, 0, 0] })].map((piece) => ({
          ...piece,
          collides: false,
        })),
        [{ kind: 'gravitation', constant: 1, softening: 0.3 }],
      ),
      1200,
    );
    expect(energyError(t)).toBeLessThan(2e-3);
    expect(
      Math.max(...Array.from({ length: 1200 }, (_, f) => Math.abs(positionOf(t, f, 0)[0]))),
    ).toBeLessThan(1.001);
  });
});

describe('charges', () => {
  test.each([0.05, 0.1, 0.3])(
    "impact parameter %f m: Rutherford's angle, tan(a/2) = k q Q / (m v² b)",
    (b) => {
      const far = 400;
      const t = simulate(
        inField(
          [
            ball(0.001, 0, { charge: 2 }),
            ball(0.001, 0.5, { position: [-far, b, 0], velocity: [20, 0, 0], charge: 1 }),
          ],
          // k q Q / (m v²) = 0.1 m
          [{ kind: 'charge', constant: 10 }],
          0,
          16,
        ),
        2400,
      );
      const [u, v] = velocityOf(t, -1, 1);
      expect(Math.atan2(v, u) / (2 * Math.atan(0.1 / b))).toBeCloseTo(1, 2.5);
      expect(Math.hypot(u, v)).toBeCloseTo(20, 1);
    },
  );

  test('unlike charges attract and like ones repel, with momentum kept', () => {
    const pair = (charge: number) =>
      simulate(
        inField(
          [ball(0.1, 1, { position: [-1, 0, 0], charge: 1 }), ball(0.1, 3, { position: [1, 0, 0], charge })],
          [{ kind: 'charge', constant: 1 }],
        ),
        60,
      );
    expect(positionOf(pair(1), -1, 0)[0]).toBeLessThan(-1.1);
    expect(positionOf(pair(-1), -1, 0)[0]).toBeGreaterThan(-0.9);
    [1, -1].forEach((charge) => expect(Math.abs(pair(charge).momentum[3 * 59]!)).toBeLessThan(1e-14));
  });

  test('charged balls bounce off each other without gaining energy', () => {
    const t = simulate(
      inField(
        [
          ball(0.1, 1, { position: [-0.5, 0, 0], charge: 1 }),
          ball(0.1, 2, { position: [0.5, 0, 0.02], charge: -1 }),
        ],
        [{ kind: 'charge', constant: 0.5 }],
      ),
      600,
    );
    expect(t.contacts.flat().length).toBeGreaterThan(2);
    expect(energyError(t)).toBeLessThan(5e-3);
  });
});
