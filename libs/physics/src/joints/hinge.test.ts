import { axisAngle, type SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import {
  ball,
  box,
  floor,
  mechanics,
  positionOf,
  spinOf,
  velocityOf,
  type Vector,
} from '../mechanics.fixture.ts';
import { createExplosionCheck } from '../explosion.ts';
import { simulate } from '../simulate.ts';
import { startSimulation } from '../simulation.ts';

type Joint = NonNullable<SceneInput['joints']>[number];
type Hinge = Extract<Joint, { kind: 'hinge' }>;
type Actuator = NonNullable<SceneInput['actuators']>[number];
const g = 9.81;

/** A bar of 1 m and 2 kg, hinged at one end, that points along x; positive angles lower it. */
const bar = box([0.5, 0.05, 0.05], 2, { position: [0.5, 0, 0] });
const inertia = (2 / 3) * (0.25 + 0.0025) + 2 * 0.25;
const hinge = (rest: Partial<Hinge> = {}): Joint => ({
  ...{ kind: 'hinge', name: 'hinge', bodyA: null, bodyB: 'body 0' },
  ...{ anchorA: [0, 0, 0], anchorB: [-0.5, 0, 0], axis: [0, 1, 0], ...rest },
});
const run = (joint: Joint, frames: number, gravity = 0, actuators: Actuator[] = [], action: number[] = []) =>
  simulate(
    mechanics([bar], { gravity }, { joints: [joint], actuators }),
    frames,
    actuators.length ? () => action : undefined,
  );

describe('a motor', () => {
  test('spins up with torque / I and holds its speed', () => {
    const t = run(hinge({ motor: { speed: 2, maxTorque: inertia } }), 241);
    for (const f of [30, 90]) expect(spinOf(t, f, 0)[1]).toBeCloseTo(f / 60, 9);
    for (const f of [121, 180, 240]) expect(spinOf(t, f, 0)[1]).toBeCloseTo(2, 9);
  });

  test('turns both bodies against each other, angular momentum 0', () => {
    const wheel = box([0.2, 0.05, 0.2], 1, { position: [0, -0.5, 0] });
    const frame = box([0.1, 0.1, 0.1], 3);
    const joint = hinge({
      bodyA: 'body 0',
      bodyB: 'body 1',
      anchorA: [0, -0.5, 0],
      anchorB: [0, 0, 0],
      motor: { speed: 10, maxTorque: 0.1 },
    });
    const t = simulate(mechanics([frame, wheel], { gravity: 0 }, { joints: [joint] }), 61);
    const [a, b] = [(3 / 3) * 0.02, (1 / 3) * 0.08];
    expect(spinOf(t, 60, 1)[1]).toBeCloseTo(0.1 / b, 6);
    expect(spinOf(t, 60, 0)[1]).toBeCloseTo(-0.1 / a, 6);
  });

  test.each([
    [1.001, 0],
    [0.9, 0.1],
  ])('of %f m g d holds the bar up to the excess %f', (share, excess) => {
    const t = run(hinge({ motor: { speed: 0, maxTorque: share * 2 * g * 0.5 } }), 7, g);
    const alpha = (excess * 2 * g * 0.5) / inertia;
    expect(spinOf(t, 6, 0)[1]).toBeCloseTo(alpha * 0.1, 3);
    if (excess === 0) expect(Math.abs(spinOf(t, 6, 0)[1])).toBeLessThan(1e-9);
  });

  test('lifts the bar at its speed, and its work is the energy', () => {
    const scene = mechanics([bar], {}, { joints: [hinge({ motor: { speed: -1, maxTorque: 100 } })] });
    const simulation = startSimulation(scene);
    const before = simulation.energy();
    for (let f = 0; f < 80; f++) simulation.step();
    expect(simulation.bodies[0]!.angularVelocity.y).toBeCloseTo(-1, 3);
    // Up by sin(80/60 rad) * d.
    expect(simulation.energy() - before).toBeCloseTo(inertia / 2 + 2 * g * 0.5 * Math.sin(80 / 60), 1);
    expect(simulation.work() / (simulation.energy() - before)).toBeCloseTo(1, 3);
  });
});

describe('actuators at a hinge', () => {
  test('torque: I alpha = action * limit, on both bodies', () => {
    const torque: Actuator = { kind: 'torque', name: 't', joint: 'hinge', limit: 4 * inertia };
    const t = run(hinge(), 61, 0, [torque], [0.25]);
    expect(spinOf(t, 60, 0)[1]).toBeCloseTo(1, 9);
  });

  test('torque holds the bar exactly where it balances m g d', () => {
    const torque: Actuator = { kind: 'torque', name: 't', joint: 'hinge', limit: 2 * g };
    const t = run(hinge(), 61, g, [torque], [-0.5]);
    expect(positionOf(t, 60, 0)[2]).toBeCloseTo(0, 9);
  });

  test('speed: as a motor at action * limit', () => {
    const speed: Actuator = { kind: 'speed', name: 's', joint: 'hinge', limit: 4, maxTorque: inertia };
    const t = run(hinge(), 181, 0, [speed], [-0.5]);
    expect(spinOf(t, 60, 0)[1]).toBeCloseTo(-1, 9);
    expect(spinOf(t, 180, 0)[1]).toBeCloseTo(-2, 9);
  });
});

describe('limits', () => {
  const angleOf = (t: ReturnType<typeof run>, f: number) => {
    const [x, , z] = positionOf(t, f, 0);
    return Math.atan2(-z, x);
  };

  test('a falling bar stops at its limit without a bounce and stays', () => {
    const t = run(hinge({ limits: [-1, 0.5] }), 241, g);
    let stopped = 0;
    for (let f = 1; f <= 240; f++) {
      expect(angleOf(t, f)).toBeLessThan(0.5 + 1e-6);
      if (!stopped && Math.abs(angleOf(t, f) - 0.5) < 1e-6) stopped = f;
      if (stopped && f > stopped) expect(Math.abs(spinOf(t, f, 0)[1])).toBeLessThan(1e-6);
    }
    // It takes about sqrt(2 a I / (m g d)).
    expect(stopped / 60).toBeGreaterThan(0.2);
    expect(stopped / 60).toBeLessThan(0.4);
    expect(angleOf(t, 240)).toBeCloseTo(0.5, 8);
    for (let f = 1; f <= 240; f++) expect(t.energy[f]! - t.energy[f - 1]!).toBeLessThan(1e-3);
  });

  test('the lower one stops a bar that is thrown up, which then falls back', () => {
    const scene = mechanics(
      [{ ...bar, angularVelocity: [0, -6, 0], velocity: [0, 0, 3] }],
      {},
      { joints: [hinge({ limits: [-0.3, 3] })] },
    );
    const t = simulate(scene, 121);
    const highest = Math.min(...Array.from({ length: 121 }, (_, f) => angleOf(t, f)));
    expect(highest).toBeGreaterThan(-0.3 - 1e-6);
    expect(highest).toBeLessThan(-0.295);
    expect(angleOf(t, 60)).toBeGreaterThan(0);
  });

  test('holds against a motor, and counts full turns', () => {
    const t = run(hinge({ limits: [0, 7], motor: { speed: 4, maxTorque: 50 } }), 181);
    // 7 rad is more than a turn.
    expect(spinOf(t, 100, 0)[1]).toBeCloseTo(4, 3);
    expect(spinOf(t, 180, 0)[1]).toBeCloseTo(0, 9);
    const [x, , z] = positionOf(t, 180, 0);
    expect(x).toBeCloseTo(0.5 * Math.cos(7), 6);
    expect(z).toBeCloseTo(-0.5 * Math.sin(7), 6);
  });
});

describe('impacts through joints', () => {
  const rod = (bodyA: string | null, bodyB: string, length: number, anchorA: Vector = [0, 0, 0]): Joint => ({
    ...{ kind: 'distance', name: `${bodyA} ${bodyB}`, bodyA, bodyB, anchorA, length },
  });

  test('a pendulum bob gives its speed to a ball of the same mass, as a billiard ball does', () => {
    const a = 1;
    const t = simulate(
      mechanics(
        [
          ball(0.1, 1, { position: [-Math.sin(a), 0, -Math.cos(a)] }),
          ball(0.1, 1, { position: [0.2, 0, -1], linearFactor: [1, 1, 0] }),
        ],
        {},
        { joints: [rod(null, 'body 0', 1)] },
      ),
      60,
    );
    const speed = Math.sqrt(2 * g * (1 - Math.cos(a)));
    expect(velocityOf(t, 59, 1)[0]).toBeCloseTo(speed, 2);
    expect(Math.abs(velocityOf(t, 59, 0)[0])).toBeLessThan(0.02);
  });

  test('a bar that turns strikes a ball: v = 2 I w r / (I + m r²)', () => {
    const [w, r, m] = [2, 0.8, 0.7];
    const t = simulate(
      mechanics(
        [
          { ...bar, angularVelocity: [0, w, 0], velocity: [0, 0, -w / 2] },
          ball(0.1, m, { position: [r, 0, -0.35] }),
        ],
        { gravity: 0, substeps: 8 },
        { joints: [hinge()] },
      ),
      40,
    );
    expect(t.contacts.flat()).toHaveLength(1);
    // The normal is that of the bar's face, which has turned by asin(...) when it strikes: the arm is along the bar.
    const { point } = t.contacts.flat()[0]!;
    const angle = Math.atan2(-point[2], point[0]) - Math.asin(0.05 / Math.hypot(point[0], point[2]));
    const arm = Math.hypot(point[0], point[2]) * Math.cos(Math.asin(0.05 / Math.hypot(point[0], point[2])));
    const speed = (2 * inertia * w * arm) / (inertia + m * arm * arm);
    const v = velocityOf(t, 39, 1);
    expect(Math.hypot(v[0], v[2])).toBeCloseTo(speed, 3);
    expect(Math.atan2(-v[0], -v[2])).toBeCloseTo(angle, 2);
    expect(t.energy[39]).toBeCloseTo(t.energy[0]!, 3);
    expect(spinOf(t, 39, 0)[1]).toBeCloseTo(w - (m * arm * speed) / inertia, 3);
  });

  test('a bob that strikes a wall comes back to where it was let go', () => {
    const a = 0.8;
    const wall = {
      ...floor,
      position: [0.1, 0, 0] as Vector,
      quaternion: axisAngle([0, 1, 0], -Math.PI / 2),
    };
    const t = simulate(
      mechanics(
        [ball(0.1, 1, { position: [-Math.sin(a), 0, -Math.cos(a)] }), wall],
        {},
        { joints: [rod(null, 'body 0', 1)] },
      ),
      301,
    );
    const x = Array.from({ length: 301 }, (_, f) => positionOf(t, f, 0)[0]);
    expect(Math.max(...x)).toBeLessThan(1e-4);
    expect(Math.min(...x.slice(100))).toBeCloseTo(-Math.sin(a), 2);
    expect(Math.max(...t.energy.map((e) => Math.abs(e - t.energy[0]!)))).toBeLessThan(5e-3);
  });

  test('along a rod two balls are one of both masses; across it each is its own', () => {
    const hit = (velocity: Vector, position: Vector) =>
      simulate(
        mechanics(
          [
            ball(0.1, 1, { position: [0, 0, 0] }),
            ball(0.1, 1, { position: [1, 0, 0] }),
            ball(0.1, 2, { position, velocity }),
          ],
          { gravity: 0 },
          { joints: [rod('body 0', 'body 1', 1)] },
        ),
        60,
      );
    const along = hit([2, 0, 0], [-1, 0, 0]);
    expect(velocityOf(along, 59, 2)[0]).toBeCloseTo(0, 9);
    for (const body of [0, 1]) expect(velocityOf(along, 59, body)[0]).toBeCloseTo(2, 9);
    const across = hit([0, 0, 2], [0, 0, -1.2]);
    // 2 kg at 2 m/s on 1 kg: 2/3 and 8/3 m/s, before the rod turns them.
    expect(velocityOf(across, 59, 2)[2]).toBeCloseTo(2 / 3, 6);
    expect(across.energy[59]).toBeCloseTo(4, 3);
    [0, 0, 4].forEach((p, i) => expect(across.momentum[3 * 59 + i]).toBeCloseTo(p, 9));
  });

  test('a cradle of five bobs that touch: the last flies as the first comes, and back', () => {
    const a = 0.5;
    const bobs = Array.from({ length: 5 }, (_, i) =>
      ball(0.1, 1, { position: i ? [0.2 * i, 0, -1] : [-Math.sin(a), 0, -Math.cos(a)] }),
    );
    const joints = bobs.map((_, i) => rod(null, `body ${i}`, 1, [0.2 * i, 0, 0]));
    const t = simulate(mechanics(bobs, {}, { joints }), 150);
    const swing = (body: number) =>
      Array.from({ length: 150 }, (_, f) => positionOf(t, f, body)[0] - 0.2 * body);
    expect(Math.max(...swing(4))).toBeCloseTo(Math.sin(a), 3);
    expect(Math.min(...swing(0).slice(75))).toBeCloseTo(-Math.sin(a), 3);
    for (const body of [1, 2, 3]) expect(Math.max(...swing(body).map(Math.abs))).toBeLessThan(1e-3);
    expect(Math.max(...t.energy.map((e) => Math.abs(e - t.energy[0]!)))).toBeLessThan(1e-3);
  });

  test('an arm pushes a block over the floor', () => {
    const arm = box([0.5, 0.05, 0.05], 1, { position: [0.5, 0, 0.2] });
    const block = box([0.1, 0.1, 0.2], 2, { position: [0.8, 0.3, 0.2] });
    const joint = hinge({ anchorA: [0, 0, 0.2], axis: [0, 0, 1], motor: { speed: 1, maxTorque: 20 } });
    const t = simulate(
      mechanics([arm, block, floor], { friction: 0.4, restitution: 0 }, { joints: [joint] }),
      121,
    );
    expect(spinOf(t, 120, 0)[2]).toBeCloseTo(1, 2);
    const [x, y] = positionOf(t, 120, 1);
    expect(x).toBeLessThan(0.2);
    expect(y).toBeGreaterThan(0.6);
    const weak = simulate(
      mechanics(
        [arm, block, floor],
        { friction: 0.4, restitution: 0 },
        { joints: [{ ...joint, motor: { speed: 1, maxTorque: 4 } } as Joint] },
      ),
      121,
    );
    // Friction of 0.4 * 2 kg * g on an arm of 0.8 m stalls 4 N m.
    expect(Math.abs(spinOf(weak, 120, 0)[2])).toBeLessThan(1e-3);
  });

  test('a chain that falls on the floor comes to rest in one piece', () => {
    const links = Array.from({ length: 5 }, (_, i) =>
      box([0.1, 0.03, 0.03], 1, { position: [0.2 * i, 0, 0.5 + 0.05 * (i % 2)], quaternion: [0, 0, 0, 1] }),
    );
    const joints = links.slice(1).map((_, i): Joint => ({
      ...{ kind: 'distance', name: `j${i}`, bodyA: `body ${i}`, bodyB: `body ${i + 1}` },
      ...{ anchorA: [0, 0, 0], length: Math.hypot(0.2, 0.05) },
    }));
    const t = simulate(mechanics([...links, floor], { friction: 0.5, restitution: 0.2 }, { joints }), 181);
    for (let body = 0; body < 5; body++) {
      expect(positionOf(t, 180, body)[2]).toBeCloseTo(0.03, 3);
      expect(Math.hypot(...velocityOf(t, 180, body))).toBeLessThan(1e-3);
    }
    for (let f = 1; f <= 180; f++) expect(t.energy[f]! - t.energy[f - 1]!).toBeLessThan(0.02);
  });
});

test.each(['speed', 'torque'] as const)(
  'a two-link arm under random %s actions among blocks: energy comes from work only',
  (kind) => {
    const pieces = [
      box([0.2, 0.04, 0.04], 1, { position: [0.2, 0, 0.5] }),
      box([0.15, 0.03, 0.03], 0.5, { position: [0.55, 0, 0.5] }),
      box([0.06, 0.06, 0.06], 0.3, { position: [0.6, 0, 0.06] }),
      floor,
    ];
    const pin = (name: string, bodyA: string | null, bodyB: string, anchorA: Vector, anchorB: Vector) =>
      ({
        kind: 'hinge',
        name,
        bodyA,
        bodyB,
        anchorA,
        anchorB,
        axis: [0, 1, 0],
        limits: [-2.5, 2.5],
      }) as Joint;
    const joints = [
      pin('shoulder', null, 'body 0', [0, 0, 0.5], [-0.2, 0, 0]),
      pin('elbow', 'body 0', 'body 1', [0.2, 0, 0], [-0.15, 0, 0]),
    ];
    const act = (joint: string, limit: number, maxTorque: number): Actuator =>
      kind === 'speed' ? { kind, name: joint, joint, limit, maxTorque } : { kind, name: joint, joint, limit };
    const actuators = [act('shoulder', 6, 20), act('elbow', 2, 8)];
    const simulation = startSimulation(
      mechanics(pieces, { friction: 0.5, restitution: 0.2 }, { joints, actuators }),
    );
    const passive = () => simulation.energy() - simulation.work();
    let [state, lowest] = [7, passive()];
    let action = [0, 0];
    for (let f = 0; f < 600; f++) {
      const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 30 - 1;
      if (f % 10 === 0) action = [random(), random()];
      simulation.step(action);
      const kinetic = simulation.bodies.reduce((sum, body) => sum + body.kineticEnergy(), 0);
      expect(passive() - lowest).toBeLessThan(0.005 + 0.01 * kinetic);
      lowest = Math.min(lowest, passive());
    }
    expect(simulation.work()).toBeGreaterThan(1);
    expect(simulation.jointErrors()[0]!.error).toBeLessThan(1e-10);
  },
);

test('a joint that is torn is an explosion', () => {
  const simulation = startSimulation(mechanics([bar], {}, { joints: [hinge()] }));
  const check = createExplosionCheck(simulation);
  check(0);
  simulation.step();
  check(1);
  simulation.bodies[0]!.endPosition.z += 0.01;
  expect(() => check(2)).toThrow(
    'scene "mechanics", frame 2, joint "hinge": torn by 0.0100 m or rad; raise "substeps" or check masses and speeds',
  );
});

test('a body that vanishes lets go of what it held', () => {
  const t = simulate(
    mechanics(
      [ball(0.1, 1, { position: [0, 0, -1] }), ball(0.1, 1, { position: [0, 0, -2] })],
      {},
      {
        joints: [
          { kind: 'distance', name: 'a', bodyA: null, bodyB: 'body 0', anchorA: [0, 0, 0], length: 1 },
          { kind: 'distance', name: 'b', bodyA: 'body 0', bodyB: 'body 1', anchorA: [0, 0, 0], length: 1 },
        ],
        interventions: [{ kind: 'vanish', frame: 10, body: 'body 0' }],
      },
    ),
    71,
  );
  expect(positionOf(t, 10, 1)[2]).toBeCloseTo(-2, 12);
  expect(positionOf(t, 70, 1)[2]).toBeCloseTo(-2 - g / 2, 9);
});
