import { bounce, bounceConfigSchema, trackedBodies, type Scene } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { ball, box, floor, largestGain, mechanics, positionOf, velocityOf } from './mechanics.fixture.ts';
import { createExplosionCheck } from './explosion.ts';
import { simulate } from './simulate.ts';
import { startSimulation } from './simulation.ts';
import type { Trajectory } from './trajectory.ts';

const bounceScene = (seed: number, settings: object = {}): Scene =>
  bounce.sample([0, seed], bounceConfigSchema.parse(settings));

describe('bounce', () => {
  test('energy never grows and balls stay inside, over many seeds', () => {
    for (let seed = 0; seed < 40; seed++)
      for (const restitution of [1, 0.9]) {
        const scene = bounceScene(seed, {
          restitution: [restitution, restitution],
          balls: 1 + (seed % 5),
          radius: [0.2, 0.4],
        });
        const t = simulate(scene, 40);
        expect(largestGain(t)).toBeLessThan(1e-6);
        if (restitution === 1) expect(Math.abs(t.energy[39]! / t.energy[0]! - 1)).toBeLessThan(1e-12);
        for (let frame = 0; frame < 40; frame++) expectInside(scene, t, frame);
      }
  }, 60_000);

  test('momentum changes by gravity and by the contact impulses, of each ball and in each frame', () => {
    const scene = bounceScene(3, { balls: 5, radius: [0.3, 0.35] });
    const t = simulate(scene, 80);
    expect(t.contacts.flat().some(({ bodyB }) => bodyB < 5)).toBe(true);
    for (let frame = 1; frame < 80; frame++)
      for (const i of trackedBodies(scene)) {
        const { mass } = scene.bodies[i]!;
        for (const k of [0, 2] as const) {
          let change = mass * scene.gravity[k] * scene.dt;
          for (const { bodyA, bodyB, normal, impulse } of t.contacts[frame]!) {
            if (bodyA === i) change -= normal[k] * impulse;
            if (bodyB === i) change += normal[k] * impulse;
          }
          const measured = mass * (velocityOf(t, frame, i)[k] - velocityOf(t, frame - 1, i)[k]);
          expect(measured).toBeCloseTo(change, 10);
        }
      }
    for (const { bodyA, bodyB, normal, impulse } of t.contacts.flat()) {
      expect(bodyA).toBeLessThan(bodyB);
      expect(impulse).toBeGreaterThan(0);
      expect(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2).toBeCloseTo(1, 12);
    }
  });

  test('balls stay in the plane of the picture and do not spin', () => {
    const t = simulate(bounceScene(5), 60);
    for (let i = 0; i < 3; i++) {
      expect(positionOf(t, -1, i)[1]).toBe(0);
      expect([...t.quaternion.subarray(4 * 59 * t.bodies, 4 * 59 * t.bodies + 4)]).toEqual([0, 0, 0, 1]);
    }
  });

  test('substeps hardly matter: impacts are found within a step', () => {
    const [coarse, fine] = [2, 24].map((substeps) =>
      simulate(bounceScene(8, { substeps, restitution: [1, 1] }), 20),
    );
    coarse!.position.forEach((x, i) => expect(x).toBeCloseTo(fine!.position[i]!, 4));
  });
});

function expectInside(scene: Scene, t: Trajectory, frame: number): void {
  for (const i of trackedBodies(scene)) {
    const { shape } = scene.bodies[i]!;
    const reach = shape.kind === 'sphere' ? 2 - shape.radius + 1e-4 : 0;
    const [x, , z] = positionOf(t, frame, i);
    expect(Math.abs(x)).toBeLessThan(reach);
    expect(Math.abs(z - 2)).toBeLessThan(reach);
  }
}

describe('determinism', () => {
  test('the same scene gives the same numbers, whatever ran before', () => {
    const first = simulate(bounceScene(1), 40);
    simulate(mechanics([floor, box([0.2, 0.2, 0.2], 1, { position: [0, 0, 0.5] })], { friction: 0.5 }), 60);
    expect(simulate(bounceScene(1), 40)).toEqual(first);
  });

  test('interleaved simulations do not touch each other', () => {
    const boxes = mechanics(
      [
        floor,
        box([0.2, 0.2, 0.2], 1, { position: [0, 0, 0.5], angularVelocity: [1, 2, 3] }),
        ball(0.1, 1, { position: [0, 0, 1] }),
      ],
      { friction: 0.5, restitution: 0.3 },
    );
    const scenes = [bounceScene(1, { balls: 5, radius: [0.3, 0.3] }), boxes];
    const alone = scenes.map((scene) => simulate(scene, 60));
    const together = scenes.map(startSimulation);
    for (let frame = 1; frame < 60; frame++)
      together.forEach((simulation, k) => {
        expect(simulation.step()).toEqual(alone[k]!.contacts[frame]);
        simulation.bodies.forEach(({ position: { x, y, z } }, i) =>
          expect([x, y, z]).toEqual(positionOf(alone[k]!, frame, i)),
        );
      });
  });

  // Our own numbers of one episode: they change only where the physics or the draw of scenes changes.
  test('episode [0, 42] of bounce ends where it always did', () => {
    const t = simulate(bounceScene(42), 40);
    const expected = [
      [0.1131814114530359, 0, 0.4160139886977065],
      [1.4817200352894468, 0, 1.512033238835012],
      [1.407180172144659, 0, 0.6230729825487892],
    ];
    expected.forEach((position, i) =>
      positionOf(t, -1, i).forEach((x, k) => expect(x).toBeCloseTo(position[k]!, 12)),
    );
    expect(t.energy[39]).toBeCloseTo(83.92524456416211, 10);
    const [first, ...others] = t.contacts.flat();
    expect(others).toHaveLength(18);
    expect(first).toMatchObject({ bodyA: 0, bodyB: 2 });
    expect(first!.impulse).toBeCloseTo(6.880047332669776, 12);
  });
});

describe('what cannot be simulated', () => {
  test('a number of frames that is none', () => {
    expect(() => simulate(bounceScene(0), 0)).toThrow(
      'scene "bounce": 0 frames; ask for a whole number of at least 1',
    );
    expect(() => simulate(bounceScene(0), 2.5)).toThrow('2.5 frames');
  });

  test('a state that is not finite is named with its frame and body', () => {
    const scene = mechanics([floor, ball(0.1, 1, { position: [0, 0, 2], velocity: [1e308, 0, 0] })]);
    expect(() => simulate(scene, 5)).toThrow(
      'scene "mechanics", frame 0, body "body 1": its state is not finite',
    );
  });

  test('a body faster than contacts can follow is named before it leaves its walls', () => {
    const scene = mechanics([floor, ball(0.1, 1, { position: [0, 0, 2], velocity: [1e5, 0, 0] })]);
    expect(() => simulate(scene, 5)).toThrow(
      'scene "mechanics", frame 0, body "body 1": it moves at 1.00e+5 m/s, more than 10000 m/s; raise "substeps" or ' +
        'check masses and speeds',
    );
  });

  test('energy from nowhere is an explosion', () => {
    const simulation = startSimulation(mechanics([floor, ball(0.1, 1, { position: [0, 0, 2] })]));
    const check = createExplosionCheck(simulation);
    for (const frame of [0, 1]) {
      expect(() => check(frame)).not.toThrow();
      simulation.step();
    }
    simulation.bodies[1]!.position.z += 5 / 9.81;
    expect(() => check(2)).toThrow('scene "mechanics", frame 2, body "body 1": the simulation gained 5.00 J');
  });

  test('a gain within one frame is an explosion, whatever was lost before', () => {
    const simulation = startSimulation(
      mechanics([floor, ball(0.1, 1, { position: [0, 0, 2] })], { restitution: 0 }),
    );
    const check = createExplosionCheck(simulation);
    check(0);
    for (let frame = 1; frame <= 60; frame++) {
      simulation.step();
      check(frame);
    }
    simulation.bodies[1]!.velocity.x += 1;
    expect(() => check(61)).toThrow('the simulation gained 0.500 J');
  });
});
