/** A vehicle on raycast wheels drives round between crates and over a ramp, seen from above. */
import { arctangent, cosine, sine } from '@orrery/numerics';
import { foldIn, randomIntegers, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { axisAngle, rotate, rotateInverse } from '../geometry.ts';
import { bodyIndex, positionAt, quaternionAt, toAction, velocityAt } from '../observe.ts';
import { parseScene } from '../parse.ts';
import type { Controller } from '../policy.ts';
import type { Color, Quaternion, Vec3 } from '../quantities.ts';
import { randomPolicy } from '../random-policy.ts';
import type { Scene, SceneInput } from '../scene.ts';
import { PALETTE } from './palette.ts';
import type { Place } from './placement.ts';

/** Half of the field's edge, m. */
const REACH = 3.2;
/** Half extents of the chassis, and where its wheels are, m. */
const CHASSIS: Vec3 = [0.42, 0.22, 0.09];
const AXLE = 0.3;
const TRACK = 0.27;
const WHEEL_RADIUS = 0.13;
const SUSPENSION = 0.12;
/** m by which the vehicle's weight compresses the suspension, whatever it weighs. */
const SAG = 0.03;
/** Share of the critical damping. */
const DAMPING_RATIO = 0.5;
const WAYPOINTS = 5;
/** Waypoints lie on a ring, m from the middle. */
const RING: readonly [number, number] = [1.9, 2.5];
/** From the track between the waypoints to the middle of a crate, at least, m. */
const CLEARANCE = 0.65;
const CRATE: Vec3 = [0.2, 0.2, 0.2];
const GRAVITY = 9.81;

export const vehicleConfigSchema = z.strictObject({
  /** Crates beside the track, which the vehicle can push. */
  crates: z.int().min(0).max(6).default(3),
  /** Whether there is a ramp in the middle. */
  ramp: z.boolean().default(true),
  /** Coulomb coefficient of tyres and ground */
  grip: rangeSchema(0.7, 1, 0),
  /** kg, of the vehicle */
  mass: rangeSchema(10, 16, 1),
  /** N of all wheels together at full action */
  drive: rangeSchema(50, 70, 1),
  /** rad of the wheels at full action */
  steer: z.number().positive().max(0.8).default(0.55),
  /** s between frames */
  dt: z
    .number()
    .positive()
    .default(1 / 20),
  /** Physics steps a frame. */
  substeps: z.int().positive().default(8),
  shifts: z
    .strictObject({
      grip: rangeSchema(0.2, 0.35, 0),
      mass: rangeSchema(25, 35, 1),
      drive: rangeSchema(90, 120, 1),
    })
    .prefault({}),
});
export type VehicleConfig = z.infer<typeof vehicleConfigSchema>;

export const vehicle: SceneDefinition<VehicleConfig> = {
  name: 'vehicle',
  description: 'A vehicle on four sprung wheels drives round marked points, between crates and a ramp',
  config: vehicleConfigSchema,
  factors: {
    grip: { unit: '1', description: 'Coulomb coefficient of tyres and ground' },
    mass: { unit: 'kg', description: 'mass of the vehicle' },
    drive: { unit: 'N', description: 'push of all wheels together at full action' },
  },
  policies: { scripted: pursue, random: randomPolicy },
  sample: sampleVehicle,
};

/** @throws where the crates do not fit beside the track */
function sampleVehicle(key: Key, config: VehicleConfig): Scene {
  const grip = drawFrom(foldIn(key, 0), config.grip);
  const mass = drawFrom(foldIn(key, 1), config.mass);
  const drive = drawFrom(foldIn(key, 2), config.drive);
  const track = sampleTrack(foldIn(key, 3));
  const first = randomIntegers(foldIn(key, 4), 1, 0, WAYPOINTS)[0]!;
  const crates = placeCrates(foldIn(key, 5), track, config);
  const turns = uniform(foldIn(key, 6), config.crates, 0, Math.PI / 2);
  const rampTurn = uniformScalar(foldIn(key, 7), 0, 2 * Math.PI);

  const [from, to] = [track[first]!, track[(first + 1) % WAYPOINTS]!];
  const heading = headingOf(to[0] - from[0], to[1] - from[1]);
  const material = { restitution: 0.1, friction: 0.4 };
  const stiffness = (mass * GRAVITY) / (4 * SAG);
  const corners = (['front left', 'front right', 'rear left', 'rear right'] as const).map((name, i) => ({
    name,
    position: [i < 2 ? AXLE : -AXLE, i % 2 === 0 ? TRACK : -TRACK, 0] as Vec3,
  }));
  const height = SUSPENSION + WHEEL_RADIUS - SAG;
  const place = (local: Vec3): Vec3 => {
    const [x, y, z] = rotate(heading, local);
    return [from[0] + x, from[1] + y, height + z];
  };
  const input: SceneInput = {
    name: 'vehicle',
    bodies: [
      {
        ...{ name: 'chassis', color: PALETTE[0]![1], material, mass },
        shape: { kind: 'box', halfExtents: CHASSIS },
        ...{ position: place([0, 0, 0]), quaternion: heading },
      },
      ...corners.map(({ name, position }, i): SceneInput['bodies'][number] => ({
        // White in front, black behind: which way is ahead can be seen.
        ...{ name, color: i < 2 ? [0.9, 0.9, 0.9] : [0.03, 0.03, 0.03] },
        ...{ material, mass: 0, collides: false },
        shape: { kind: 'capsule', radius: WHEEL_RADIUS, halfLength: 0.02 },
        position: place([position[0], position[1], SAG - SUSPENSION]),
        quaternion: axle(heading),
        pattern: { kind: 'checker', color: i < 2 ? [0.6, 0.6, 0.6] : [0.25, 0.25, 0.25], size: 0.1 },
      })),
      ...crates.map(([x, y], i): SceneInput['bodies'][number] => {
        const [name, color] = PALETTE[i + 1]!;
        return {
          ...{ name, color, material, mass: 3 },
          shape: { kind: 'box', halfExtents: CRATE },
          position: [x, y, CRATE[2]],
          quaternion: axisAngle([0, 0, 1], turns[i]!),
          pattern: { kind: 'checker', color: color.map((c) => 0.55 * c) as Color, size: CRATE[0] },
        };
      }),
      ...(config.ramp ? [ramp(rampTurn, material)] : []),
      ...track.map(([x, y], i): SceneInput['bodies'][number] => ({
        ...{ name: `waypoint ${i + 1}`, color: [0.8, 0.8, 0.5], material, mass: 0, collides: false },
        shape: { kind: 'box', halfExtents: [0.13, 0.13, 0.001] },
        position: [x, y, 0.001],
      })),
      {
        ...{ name: 'ground', color: [0.34, 0.34, 0.34], material, mass: 0 },
        shape: { kind: 'plane' },
        pattern: { kind: 'checker', color: [0.31, 0.31, 0.31], size: 0.8 },
      },
      ...fence(material),
    ],
    wheels: corners.map(({ name, position }) => ({
      ...{ name, chassis: 'chassis', body: name, position, radius: WHEEL_RADIUS, friction: grip },
      suspension: {
        length: SUSPENSION,
        stiffness,
        damping: DAMPING_RATIO * Math.sqrt(mass * stiffness),
      },
    })),
    actuators: [
      { kind: 'steer', name: 'steer', wheels: ['front left', 'front right'], limit: config.steer },
      { kind: 'drive', name: 'drive', wheels: corners.map(({ name }) => name), limit: drive / 4 },
    ],
    gravity: [0, 0, -GRAVITY],
    camera: {
      ...{ kind: 'orthographic', position: [0, 0, 8], target: [0, 0, 0], up: [0, 1, 0] },
      height: 2 * REACH,
    },
    views: {
      corner: { kind: 'perspective', position: [0, -5.5, 4.2], target: [0, -0.4, 0], fieldOfView: 52 },
    },
    light: { direction: [0.4, -0.5, -1], intensity: 0.75, ambient: 0.3 },
    background: [0, 0, 0],
    ...{ dt: config.dt, substeps: config.substeps },
    factors: { crates: config.crates, ramp: config.ramp ? 1 : 0, grip, mass, drive },
  };
  return parseScene(input);
}

/** The attitude of a wheel's body: its local z axis is the axle, which points to the left. */
const axle = ([, , z, w]: Quaternion): Quaternion => [
  -w * Math.SQRT1_2,
  -z * Math.SQRT1_2,
  z * Math.SQRT1_2,
  w * Math.SQRT1_2,
];

/** The turn about z that takes x to (dx, dy). */
function headingOf(dx: number, dy: number): Quaternion {
  const cos = dx / Math.sqrt(dx * dx + dy * dy);
  const half = Math.sqrt(Math.max((1 + cos) / 2, 0));
  return [0, 0, (dy < 0 ? -1 : 1) * Math.sqrt(Math.max((1 - cos) / 2, 0)), half];
}

/** Waypoints on a ring, counter-clockwise. */
function sampleTrack(key: Key): Place[] {
  const [start] = uniform(foldIn(key, 0), 1, 0, 2 * Math.PI);
  const jitter = uniform(foldIn(key, 1), WAYPOINTS, -0.2, 0.2);
  const radii = uniform(foldIn(key, 2), WAYPOINTS, ...RING);
  return Array.from({ length: WAYPOINTS }, (_, i): Place => {
    const angle = start! + (2 * Math.PI * i) / WAYPOINTS + jitter[i]!;
    return [radii[i]! * cosine(angle), radii[i]! * sine(angle)];
  });
}

const RAMP: Vec3 = [0.6, 0.4, 0.3];
const RAMP_ANGLE = 0.22;

/** A box that is sunk into the ground at its lower end, in the middle of the field. */
function ramp(turn: number, material: Scene['bodies'][number]['material']): SceneInput['bodies'][number] {
  const [, ty, , tw] = axisAngle([0, 1, 0], -RAMP_ANGLE);
  const [, , z, w] = axisAngle([0, 0, 1], turn);
  const quaternion: Quaternion = [-z * ty, w * ty, z * tw, w * tw];
  const [, , down] = rotate(quaternion, [-RAMP[0], 0, RAMP[2]]);
  return {
    ...{ name: 'ramp', color: [0.55, 0.55, 0.55], material, mass: 0, quaternion },
    shape: { kind: 'box', halfExtents: RAMP },
    position: [0, 0, -down],
    pattern: { kind: 'checker', color: [0.65, 0.65, 0.65], size: 0.2 },
  };
}

/** Walls around the field, seen edge-on. */
function fence(material: Scene['bodies'][number]['material']): SceneInput['bodies'] {
  const side = (name: string, position: Vec3, quaternion: Quaternion) => ({
    ...{ name, position, quaternion, material, mass: 0, color: [0.3, 0.3, 0.3] as Color, visible: false },
    shape: { kind: 'plane' as const },
  });
  return [
    side('west', [-REACH, 0, 0], axisAngle([0, 1, 0], Math.PI / 2)),
    side('east', [REACH, 0, 0], axisAngle([0, 1, 0], -Math.PI / 2)),
    side('south', [0, -REACH, 0], axisAngle([1, 0, 0], -Math.PI / 2)),
    side('north', [0, REACH, 0], axisAngle([1, 0, 0], Math.PI / 2)),
  ];
}

const TRIES = 2000;
const CRATE_RADIUS = CRATE[0] * Math.SQRT2;

/** Rejection sampling: off the track, the ramp and each other. */
function placeCrates(key: Key, track: readonly Place[], config: VehicleConfig): Place[] {
  const reach = REACH - CRATE_RADIUS - 0.05;
  const candidates = uniform(key, 2 * TRIES, -reach, reach);
  const middle = config.ramp ? Math.sqrt(RAMP[0] * RAMP[0] + RAMP[1] * RAMP[1]) : 0;
  const placed: Place[] = [];
  for (let i = 0; i < TRIES && placed.length < config.crates; i++) {
    const place: Place = [candidates[2 * i]!, candidates[2 * i + 1]!];
    const isFree =
      onTrack(track, place).distance > CLEARANCE &&
      norm(place) > middle + CRATE_RADIUS &&
      placed.every((other) => norm([place[0] - other[0], place[1] - other[1]]) > 2 * CRATE_RADIUS);
    if (isFree) placed.push(place);
  }
  if (placed.length === config.crates) return placed;
  throw new Error(
    `scene "vehicle": ${config.crates} crates do not fit beside the track; lower "crates", or take another seed`,
  );
}

const norm = ([x, y]: Place): number => Math.sqrt(x * x + y * y);

interface OnTrack {
  /** Index of the waypoint at which the nearest leg starts, and how far along the leg the nearest point is, m. */
  readonly leg: number;
  readonly along: number;
  /** From the place to the nearest point, m. */
  readonly distance: number;
}

/** The point of the closed track that is nearest to a place. */
function onTrack(track: readonly Place[], [x, y]: Place): OnTrack {
  let best: OnTrack = { leg: 0, along: 0, distance: Infinity };
  track.forEach((from, leg) => {
    const [dx, dy, size] = legOf(track, leg);
    const along = Math.min(Math.max((x - from[0]) * dx + (y - from[1]) * dy, 0), size);
    const distance = norm([from[0] + along * dx - x, from[1] + along * dy - y]);
    if (distance < best.distance) best = { leg, along, distance };
  });
  return best;
}

/** Direction and length of the leg that starts at a waypoint. */
function legOf(track: readonly Place[], leg: number): [number, number, number] {
  const [from, to] = [track[leg % track.length]!, track[(leg + 1) % track.length]!];
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const size = norm([dx, dy]);
  return [dx / size, dy / size, size];
}

/** The point of the track `ahead` m after another. */
function further(track: readonly Place[], { leg, along }: OnTrack, ahead: number): Place {
  let left = along + ahead;
  for (; ; leg++) {
    const [dx, dy, size] = legOf(track, leg);
    const from = track[leg % track.length]!;
    if (left <= size) return [from[0] + left * dx, from[1] + left * dy];
    left -= size;
  }
}

/**
 * Pure pursuit: steers on the arc through a point of the track ahead (Coulter, "Implementation of the pure pursuit path
 * tracking algorithm", 1992), as fast as the tyres hold. The key draws pace and look-ahead.
 */
function pursue(scene: Scene, key: Key): Controller {
  const chassis = bodyIndex(scene, 'chassis');
  const track = scene.bodies
    .filter(({ name }) => name.startsWith('waypoint'))
    .map(({ position }): Place => [position[0], position[1]]);
  const [steering, driving] = scene.actuators.map(({ limit }) => limit) as [number, number];
  const { grip, mass } = scene.factors as { grip: number; mass: number };
  const pace = uniformScalar(foldIn(key, 0), 1.6, 2.4);
  const lookAhead = uniformScalar(foldIn(key, 1), 0.8, 1);

  return (state) => {
    const [position, attitude] = [positionAt(state, chassis), quaternionAt(state, chassis)];
    const rear = rotate(attitude, [-AXLE, 0, 0]);
    const from: Place = [position[0] + rear[0], position[1] + rear[1]];
    const goal = further(track, onTrack(track, from), lookAhead);
    const [x, y] = rotateInverse(attitude, [goal[0] - from[0], goal[1] - from[1], 0]);
    const curvature = (2 * y) / (x * x + y * y);
    // Where the point is behind, turn as tightly as can be.
    const steer = x < 0 ? Math.sign(y) * steering : arctangent(2 * AXLE * curvature);
    const speed = rotateInverse(attitude, velocityAt(state, chassis))[0];
    const wanted = Math.min(pace, Math.sqrt((0.5 * grip * GRAVITY) / Math.max(Math.abs(curvature), 0.1)));
    const push = (mass * (wanted - speed)) / 0.2 / (4 * driving);
    return [toAction(steer / steering), toAction(push)];
  };
}
