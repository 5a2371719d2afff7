import type { SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { ball, box, floor, mechanics, positionOf, velocityOf } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import { startSimulation } from './simulation.ts';

type Actuator = NonNullable<SceneInput['actuators']>[number];
const push: Actuator = { kind: 'force', name: 'push', body: 'body 0', direction: [2, 0, 0], limit: 6 };
const servo = (rest: object = {}): Actuator => ({
  ...{ kind: 'velocity', name: 'servo', body: 'body 0', direction: [1, 0, 0], limit: 3, maxForce: 4 },
  ...rest,
});

describe('force', () => {
  test('accelerates by action * limit / m, and its work is what the body gains', () => {
    const scene = mechanics([ball(0.1, 2)], { gravity: 0 }, { actuators: [push] });
    const t = simulate(scene, 121, () => [0.5]);
    expect(positionOf(t, 120, 0)[0]).toBeCloseTo((1.5 * 2 * 2) / 2, 12);
    expect(velocityOf(t, 120, 0)[0]).toBeCloseTo(3, 12);
    const simulation = startSimulation(scene);
    for (let f = 0; f < 60; f++) simulation.step([f % 2 ? -0.3 : 1]);
    expect(simulation.energy()).toBeGreaterThan(0.1);
    expect(simulation.work()).toBeCloseTo(simulation.energy(), 12);
  });

  test('a box does not slide until the force exceeds mu m g', () => {
    const slides = (action: number) =>
      positionOf(
        simulate(
          mechanics(
            [box([0.2, 0.2, 0.1], 1, { position: [0, 0, 0.1] }), floor],
            { restitution: 0, friction: 0.3 },
            { actuators: [push] },
          ),
          60,
          () => [action],
        ),
        -1,
        0,
      )[0];
    const limit = (0.3 * 9.81) / 6;
    expect(Math.abs(slides(0.99 * limit))).toBeLessThan(1e-5);
    // The excess of 1 % accelerates it.
    const s = 59 / 60;
    expect(slides(1.5 * limit)).toBeCloseTo((0.5 * 0.3 * 9.81 * s * s) / 2, 3);
  });
});

describe('velocity', () => {
  test('accelerates at maxForce / m up to action * limit and stays there', () => {
    const t = simulate(mechanics([ball(0.1, 2)], { gravity: 0 }, { actuators: [servo()] }), 121, () => [0.5]);
    // 2 m/s² up to 1.5 m/s.
    expect(velocityOf(t, 30, 0)[0]).toBeCloseTo(1, 9);
    for (const f of [45, 60, 120]) expect(velocityOf(t, f, 0)[0]).toBeCloseTo(1.5, 9);
    expect(positionOf(t, 120, 0)[0]).toBeCloseTo(1.5 * 2 - (1.5 * 1.5) / (2 * 2), 9);
  });

  test('0 holds still; lifts against gravity with what is left of the force, and slips where it is too weak', () => {
    const lift = (maxForce: number, action: number) =>
      simulate(
        mechanics([ball(0.1, 1)], {}, { actuators: [servo({ direction: [0, 0, 1], maxForce })] }),
        61,
        () => [action],
      );
    expect(positionOf(lift(10, 0), 60, 0)[2]).toBeCloseTo(0, 12);
    expect(velocityOf(lift(12.81, 1), 30, 0)[2]).toBeCloseTo(1.5, 9);
    expect(velocityOf(lift(12.81, 1), 60, 0)[2]).toBeCloseTo(3, 9);
    expect(velocityOf(lift(7.81, 1), 60, 0)[2]).toBeCloseTo(-2, 9);
  });

  test('a pusher moves a block at its speed, where its force exceeds the friction', () => {
    const speed = (maxForce: number) =>
      velocityOf(
        simulate(
          mechanics(
            [
              box([0.1, 0.1, 0.1], 1, {
                position: [0, 0, 0.3],
                linearFactor: [1, 0, 0],
                angularFactor: [0, 0, 0],
              }),
              box([0.2, 0.2, 0.2], 2, { position: [0.4, 0, 0.2] }),
              floor,
            ],
            { restitution: 0, friction: 0.4 },
            { actuators: [servo({ limit: 0.5, maxForce })] },
          ),
          120,
          () => [1],
        ),
        -1,
        1,
      )[0];
    // 0.4 * 2 kg * g = 7.85 N.
    expect(speed(20)).toBeCloseTo(0.5, 4);
    expect(Math.abs(speed(7))).toBeLessThan(1e-4);
  });

  test('its work is what the body gains and loses', () => {
    const simulation = startSimulation(
      mechanics(
        [ball(0.1, 2, { position: [0, 0, 5] })],
        {},
        { actuators: [servo({ direction: [0, 0, 1], maxForce: 50 })] },
      ),
    );
    const before = simulation.energy();
    for (let f = 0; f < 90; f++) simulation.step([f < 40 ? 1 : -0.5]);
    expect(simulation.work()).toBeCloseTo(simulation.energy() - before, 9);
  });
});

test('what actuators give is no explosion; what comes on top is', () => {
  const scene = mechanics([ball(0.1, 2)], { gravity: 0 }, { actuators: [push] });
  expect(() => simulate(scene, 300, () => [1])).not.toThrow();
});
