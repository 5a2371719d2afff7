import { axisAngle, parseScene, rotate, type Quaternion, type Scene, type SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import {
  ball,
  box,
  floor,
  mechanics,
  positionOf,
  spinOf,
  velocityOf,
  type Piece,
} from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';
import { startSimulation } from './simulation.ts';
import type { Trajectory } from './trajectory.ts';

const g = 9.81;
const MASS = 12;
/** Between the axles, and between the wheels of one, m. */
const BASE = 0.6;
const TRACK = 0.4;
const RADIUS = 0.1;
const LENGTH = 0.15;
const STIFFNESS = 2000;

interface Car {
  readonly friction?: number;
  readonly damping?: number;
  readonly stiffness?: number;
  readonly dt?: number;
  readonly substeps?: number;
  readonly gravity?: number;
  readonly position?: [number, number, number];
  readonly quaternion?: Quaternion;
  readonly velocity?: [number, number, number];
  readonly angularVelocity?: [number, number, number];
  readonly ground?: readonly Piece[];
}

/** Weight on one spring / stiffness, m. */
const sag = (stiffness = STIFFNESS) => (MASS * g) / (4 * stiffness);
/** Height of the chassis' centre over the ground where the springs carry it; the wheels hang from its centre's height. */
const rideHeight = (stiffness?: number) => LENGTH + RADIUS - sag(stiffness);

/** A car whose chassis is body 0 and whose front left wheel is body 1; what it drives over follows. */
function car(options: Car = {}): Scene {
  const { friction = 0.8, damping = 120, stiffness = STIFFNESS, ground = [floor], ...rest } = options;
  const pieces: Piece[] = [
    box([0.35, 0.15, 0.06], MASS, {
      position: options.position ?? [0, 0, rideHeight(stiffness)],
      quaternion: options.quaternion ?? [0, 0, 0, 1],
      velocity: options.velocity ?? [0, 0, 0],
      angularVelocity: options.angularVelocity ?? [0, 0, 0],
    }),
    { shape: { kind: 'capsule', radius: RADIUS, halfLength: 0.02 }, mass: 0, collides: false },
    ...ground,
  ];
  const base = mechanics(pieces, { friction: 0.8, restitution: 0, dt: 1 / 20, substeps: 12, ...rest });
  const names = ['front left', 'front right', 'rear left', 'rear right'];
  const wheels: SceneInput['wheels'] = names.map((name, i) => ({
    name,
    chassis: 'body 0',
    ...(i === 0 ? { body: 'body 1' } : {}),
    position: [i < 2 ? BASE / 2 : -BASE / 2, i % 2 === 0 ? TRACK / 2 : -TRACK / 2, 0],
    radius: RADIUS,
    suspension: { length: LENGTH, stiffness, damping },
    friction,
  }));
  return parseScene({
    ...base,
    wheels,
    actuators: [
      { kind: 'steer', name: 'steer', wheels: names.slice(0, 2), limit: 0.5 },
      { kind: 'drive', name: 'drive', wheels: names, limit: 100 },
      { kind: 'brake', name: 'brake', wheels: names, limit: 1000 },
    ],
  });
}

const always = (steer: number, drive: number, brake: number) => () => [steer, drive, brake];
const speedOf = (t: Trajectory, frame: number) => {
  const [x, y] = velocityOf(t, frame, 0);
  return Math.sqrt(x * x + y * y);
};

describe('the suspension', () => {
  test.each([500, 2000, 50_000])('with %i N/m sags by weight / (4 k)', (stiffness) => {
    const damping = 0.6 * Math.sqrt((stiffness * MASS) / 4);
    const start: [number, number, number] = [0, 0, LENGTH + RADIUS + 0.02];
    const t = simulate(car({ stiffness, damping, position: start }), 100);
    expect(positionOf(t, -1, 0)[2]).toBeCloseTo(rideHeight(stiffness), 6);
    expect(velocityOf(t, -1, 0)[2]).toBeCloseTo(0, 6);
  });

  test('oscillates with 2 pi sqrt(m / (4 k)) and keeps its energy without damping', () => {
    const start: [number, number, number] = [0, 0, rideHeight() - 0.01];
    const t = simulate(car({ damping: 0, position: start, dt: 1 / 200, substeps: 4 }), 400);
    const crossings: number[] = [];
    for (let frame = 1; frame < t.frames; frame++) {
      const [before, after] = [frame - 1, frame].map((f) => positionOf(t, f, 0)[2] - rideHeight());
      if (before! < 0 && after! >= 0) crossings.push(frame - after! / (after! - before!));
    }
    const period = ((crossings.at(-1)! - crossings[0]!) / (crossings.length - 1)) * t.dt;
    expect(period).toBeCloseTo(2 * Math.PI * Math.sqrt(MASS / (4 * STIFFNESS)), 4);
    // Relative to what the oscillation has: 4 k / 2 x².
    const swing = 2 * STIFFNESS * 0.01 ** 2;
    for (const energy of t.energy) expect(Math.abs(energy - t.energy[0]!)).toBeLessThan(1e-6 * swing);
  });

  test('carries a car that turns over to nothing once it lies on its back', () => {
    const t = simulate(car({ position: [0, 0, 0.5], quaternion: [1, 0, 0, 0] }), 40);
    expect(positionOf(t, -1, 0)[2]).toBeCloseTo(0.06, 3);
  });
});

describe('driving', () => {
  test('accelerates with force / mass', () => {
    const t = simulate(car(), 41, always(0, 0.1, 0));
    expect(velocityOf(t, -1, 0)[0]).toBeCloseTo((4 * 10 * 2) / MASS, 6);
    expect(velocityOf(t, -1, 0)[1]).toBeCloseTo(0, 6);
    // What the drive gave is in the books, and is all that there is.
    expect(t.energy[40]! - t.energy[0]!).toBeCloseTo((MASS / 2) * speedOf(t, -1) ** 2, 0);
  });

  test('what the drive gives is in the books', () => {
    const simulation = startSimulation(car({ damping: 0, dt: 1 / 200 }));
    const start = simulation.energy();
    for (let frame = 0; frame < 200; frame++) simulation.step([0, 0.05, 0]);
    expect(simulation.work()).toBeCloseTo((20 * 20) / (2 * MASS), 0);
    expect((simulation.energy() - start) / simulation.work()).toBeCloseTo(1, 4);
  });

  test('up to mu g, however strong the drive', () => {
    const t = simulate(car({ friction: 0.4 }), 61, always(0, 1, 0));
    const [start, end] = [velocityOf(t, 20, 0)[0], velocityOf(t, 60, 0)[0]];
    expect((end - start) / 2 / (0.4 * g)).toBeCloseTo(1, 3);
  });

  test('a locked car stops after v² / (2 mu g)', () => {
    const t = simulate(car({ velocity: [4, 0, 0], friction: 0.5 }), 60, always(0, 0, 1));
    expect(positionOf(t, -1, 0)[0] / (16 / (2 * 0.5 * g))).toBeCloseTo(1, 2);
    expect(speedOf(t, -1)).toBeLessThan(1e-6);
    expect(Math.abs(positionOf(t, -1, 0)[1])).toBeLessThan(1e-6);
  });

  test('a locked car slides as far in any direction', () => {
    for (const angle of [0.5, Math.PI / 2, 2.5]) {
      const velocity: [number, number, number] = [4 * Math.cos(angle), 4 * Math.sin(angle), 0];
      // Low, so that it does not roll over: the suspension is stiff and the centre near the ground.
      const t = simulate(
        car({ velocity, friction: 0.3, stiffness: 20_000, damping: 600 }),
        60,
        always(0, 0, 1),
      );
      const [x, y] = positionOf(t, -1, 0);
      expect(Math.sqrt(x * x + y * y) / (16 / (2 * 0.3 * g))).toBeCloseTo(1, 1);
    }
  });

  test('rolls on without loss or gain, and coasts straight', () => {
    const t = simulate(car({ velocity: [3, 0, 0] }), 200);
    expect(speedOf(t, -1)).toBeCloseTo(3, 9);
    for (let f = 1; f < t.frames; f++)
      expect(t.energy[f]! - t.energy[f - 1]!).toBeLessThan(1e-9 * t.energy[0]!);
  });

  test('in a curve coasting never gains', () => {
    const t = simulate(car({ velocity: [3, 0, 0] }), 200, always(0.5, 0, 0));
    for (let f = 1; f < t.frames; f++)
      expect(t.energy[f]! - t.energy[f - 1]!).toBeLessThan(1e-6 * t.energy[0]!);
    expect(speedOf(t, -1)).toBeLessThan(3);
  });
});

describe('steering', () => {
  test.each([0.2, 0.4, -0.3])("at %f rad and low speed turns about the bicycle's centre", (steer) => {
    const frames = 200;
    const t = simulate(car({ velocity: [0.3, 0, 0] }), frames, always(steer / 0.5, 0, 0));
    // The rear axle's middle goes round with radius base / tan(steer): speed there over yaw rate.
    const q = [...t.quaternion.subarray(4 * (frames - 1) * t.bodies).slice(0, 4)] as Quaternion;
    const ahead = rotate(q, [1, 0, 0]);
    const v = velocityOf(t, -1, 0);
    const along = ahead[0] * v[0] + ahead[1] * v[1];
    const yaw = spinOf(t, -1, 0)[2];
    expect(along / yaw / (BASE / Math.tan(steer))).toBeCloseTo(1, 2);
  });

  test('holds a curve up to mu g across, and slides out of a narrower one', () => {
    // At v² / R over mu g the front cannot follow.
    const radius = BASE / Math.tan(0.2);
    const yaw = (speed: number) => {
      const t = simulate(car({ velocity: [speed, 0, 0], friction: 0.5 }), 12, always(0.4, 0, 0));
      return spinOf(t, -1, 0)[2] * (radius / speed);
    };
    expect(yaw(0.5)).toBeCloseTo(1, 1);
    expect(yaw(2 * Math.sqrt(0.5 * g * radius))).toBeLessThan(0.5);
  });
});

describe('on a slope', () => {
  const onSlope = (angle: number, heading: number, friction: number) => {
    const turned = axisAngle([0, 1, 0], angle);
    const [tx, ty, tz, tw] = turned;
    const [, , z, w] = axisAngle([0, 0, 1], heading);
    // turned * heading
    const quaternion: Quaternion = [tx * w + ty * z, ty * w - tx * z, tz * w + tw * z, tw * w - tz * z];
    return car({
      friction,
      quaternion,
      position: rotate(turned, [0, 0, rideHeight() - 0.003]),
      ground: [{ ...floor, quaternion: turned }],
    });
  };

  test.each([0, 1, Math.PI / 2])('heading %f rad, braked: stays below atan(mu), slides above', (heading) => {
    const slope = Math.atan(0.4);
    const still = simulate(onSlope(slope - 0.02, heading, 0.4), 161, always(0, 0, 1));
    const [early, late] = [positionOf(still, 60, 0), positionOf(still, 160, 0)];
    expect(Math.max(...late.map((c, i) => Math.abs(c - early[i]!)))).toBeLessThan(1e-5);
    const sliding = simulate(onSlope(slope + 0.02, heading, 0.4), 161, always(0, 0, 1));
    expect(speedOf(sliding, -1)).toBeGreaterThan(0.3);
  });

  test('unbraked it rolls down with g sin(slope)', () => {
    const t = simulate(onSlope(0.2, 0, 0.8), 61);
    const v = (frame: number) => {
      const [x, , z] = velocityOf(t, frame, 0);
      return x * Math.cos(0.2) - z * Math.sin(0.2);
    };
    expect(v(60) / 3).toBeCloseTo(g * Math.sin(0.2), 3);
  });
});

describe('uneven ground', () => {
  const ramp = (angle: number, length: number, x: number): Piece => {
    const turned = axisAngle([0, 1, 0], -angle);
    const [ox, , oz] = rotate(turned, [length / 2, 0, -0.5]);
    return {
      shape: { kind: 'box', halfExtents: [length / 2, 1, 0.5] },
      mass: 0,
      quaternion: turned,
      position: [x + ox, 0, oz],
    };
  };

  test('climbs a ramp, and stands higher by what its drive paid', () => {
    const t = simulate(
      car({ velocity: [2, 0, 0], ground: [floor, ramp(0.25, 4, 1)] }),
      31,
      always(0, 0.075, 0),
    );
    const [x, , z] = positionOf(t, -1, 0);
    expect(x).toBeGreaterThan(2);
    expect(z - rideHeight()).toBeCloseTo((x - 1) * Math.tan(0.25), 1);
  });

  test('coasting up and back gains nothing', () => {
    const t = simulate(car({ velocity: [2.5, 0, 0], ground: [floor, ramp(0.25, 4, 1)] }), 100);
    expect(velocityOf(t, -1, 0)[0]).toBeLessThan(0);
    for (let f = 0; f < t.frames; f++) expect(t.energy[f]!).toBeLessThan(t.energy[0]! * (1 + 1e-3));
  });

  test('jumps over an edge as a parabola and lands', () => {
    const table: Piece = {
      shape: { kind: 'box', halfExtents: [2, 1, 0.15] },
      mass: 0,
      position: [0, 0, 0.15],
    };
    const start: [number, number, number] = [0, 0, 0.3 + rideHeight()];
    const t = simulate(car({ velocity: [6, 0, 0], position: start, ground: [floor, table] }), 80);
    expect(positionOf(t, -1, 0)[0]).toBeGreaterThan(6);
    expect(positionOf(t, -1, 0)[2]).toBeCloseTo(rideHeight(), 2);
    for (const energy of t.energy) expect(energy).toBeLessThan(t.energy[0]! * 1.001);
  });

  test.each<[string, Piece['shape'], number]>([
    ['a sphere', { kind: 'sphere', radius: 10 }, -10],
    ['a box', { kind: 'box', halfExtents: [1, 1, 0.2] }, -0.2],
    ['a capsule along y', { kind: 'capsule', radius: 10, halfLength: 3 }, -10],
  ])('stands on %s', (_, shape, z) => {
    const quaternion: Quaternion =
      shape.kind === 'capsule' ? axisAngle([1, 0, 0], Math.PI / 2) : [0, 0, 0, 1];
    const ground: Piece[] = [{ shape, mass: 0, position: [0, 0, z], quaternion }];
    const t = simulate(car({ ground }), 60, always(0, 0, 1));
    const fall =
      shape.kind === 'box'
        ? 0
        : 10 - Math.sqrt(100 - (BASE / 2) ** 2 - (shape.kind === 'sphere' ? (TRACK / 2) ** 2 : 0));
    expect(positionOf(t, -1, 0)[2]).toBeCloseTo(rideHeight() - fall, 3);
    expect(Math.abs(positionOf(t, -1, 0)[0])).toBeLessThan(1e-4);
  });

  test('does not jump on what its wheels run into from the side', () => {
    // A wall beside the chassis, in the way of the left wheels: the ray of a wheel would find its top, 5 cm under the mount.
    const wall: Piece = {
      shape: { kind: 'box', halfExtents: [0.5, 0.03, 0.1] },
      mass: 0,
      position: [1.2, 0.2, 0.1],
    };
    const scene = car({ velocity: [2, 0, 0], ground: [floor, wall] });
    const t = simulate(scene, 30);
    for (let f = 0; f < t.frames; f++) expect(positionOf(t, f, 0)[2]).toBeCloseTo(rideHeight(), 2);
    // A kerb of a fifth of the radius is climbed.
    const kerb: Piece = { ...wall, position: [1.2, 0.2, 0.02 - 0.1] };
    const over = simulate(car({ velocity: [2, 0, 0], ground: [floor, kerb] }), 14);
    expect(positionOf(over, -1, 0)[2]).toBeGreaterThan(rideHeight() + 0.005);
  });

  test('its load is a contact of chassis and ground, and changes the momentum', () => {
    const start: [number, number, number] = [0, 0, rideHeight() + 0.1];
    const t = simulate(car({ position: start }), 40);
    for (let f = 1; f < t.frames; f++) {
      const lift = t.contacts[f]!.reduce((sum, { bodyA, bodyB, normal, impulse }) => {
        expect([bodyA, bodyB]).toEqual([0, 2]);
        return sum - normal[2] * impulse; // from the chassis to the ground
      }, 0);
      const change = MASS * (velocityOf(t, f, 0)[2] - velocityOf(t, f - 1, 0)[2]);
      expect(lift - MASS * g * t.dt).toBeCloseTo(change, 9);
    }
    expect(t.contacts[39]!).toHaveLength(4);
    expect(t.contacts[39]![0]!.impulse).toBeCloseTo((MASS * g * t.dt) / 4, 3);
  });

  test('what is driven over feels the weight and the traction', () => {
    // A sledge without friction to the floor: the car pushes it back, their momentum stays.
    const sledge = box([1, 0.5, 0.1], 20, {
      position: [0, 0, 0.1],
      material: { restitution: 0, friction: 0 },
    });
    const t = simulate(
      car({ position: [0, 0, 0.2 + rideHeight()], ground: [floor, sledge] }),
      15,
      always(0, 0.1, 0),
    );
    const [v, u] = [velocityOf(t, -1, 0)[0], velocityOf(t, -1, 3)[0]];
    expect(v).toBeGreaterThan(0.5);
    expect(MASS * v + 20 * u).toBeCloseTo(0, 9);
  });

  test('a belt under the wheels carries a braked car along', () => {
    const belt: Piece = { ...floor, surfaceVelocity: [0.7, 0, 0] };
    const t = simulate(car({ ground: [belt] }), 60, always(0, 0, 1));
    expect(velocityOf(t, -1, 0)[0]).toBeCloseTo(0.7, 6);
  });
});

describe('the body of a wheel', () => {
  test('is at the hub, its axle across, and rolls without slip', () => {
    const t = simulate(car({ velocity: [1, 0, 0] }), 11);
    const [x, y, z] = positionOf(t, -1, 1);
    expect(x).toBeCloseTo(positionOf(t, -1, 0)[0] + BASE / 2, 9);
    expect(y).toBeCloseTo(TRACK / 2, 9);
    expect(z).toBeCloseTo(RADIUS, 9);
    const q = [...t.quaternion.subarray(4 * (10 * t.bodies + 1)).slice(0, 4)] as Quaternion;
    expect(rotate(q, [0, 0, 1])[1]).toBeCloseTo(1, 9);
    // Half a second at 1 m/s, 0.1 m radius: 5 rad about +y.
    const spoke = rotate(q, [1, 0, 0]);
    expect(spoke[0]).toBeCloseTo(Math.cos(5), 6);
    expect(spoke[2]).toBeCloseTo(-Math.sin(5), 6);
    expect(spinOf(t, -1, 1)[1]).toBeCloseTo(10, 6);
    expect(velocityOf(t, -1, 1)[0]).toBeCloseTo(1, 6);
  });

  test('stands where the brake locks it, and turns with the steering', () => {
    const t = simulate(car({ velocity: [2, 0, 0] }), 3, always(1, 0, 1));
    const q = [...t.quaternion.subarray(4 * (2 * t.bodies + 1)).slice(0, 4)] as Quaternion;
    const axle = rotate(q, [0, 0, 1]);
    // The inner wheel turns further: its axle points at the centre, base / tan(0.5) from the middle of the rear axle.
    const inner = Math.atan2(BASE, BASE / Math.tan(0.5) - TRACK / 2);
    expect(axle[0]).toBeCloseTo(-Math.sin(inner), 2);
    expect(axle[1]).toBeCloseTo(Math.cos(inner), 2);
    expect(Math.abs(rotate(q, [1, 0, 0])[2])).toBeLessThan(0.05);
  });
});

test('the same car gives the same numbers', () => {
  const drive = (_: unknown, frame: number) => [
    Math.sin(frame),
    Math.cos(frame / 3),
    frame % 7 === 0 ? 1 : 0,
  ];
  const scene = car({ ground: [floor, ball(0.2, 1, { position: [2, 0.1, 0.2] })] });
  expect(simulate(scene, 60, drive)).toEqual(simulate(scene, 60, drive));
});
