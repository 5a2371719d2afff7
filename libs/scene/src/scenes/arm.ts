/** An arm of links on hinges that turn at commanded speeds, upright in the plane of the picture, reaches for a marker. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { add, axisAngle, rotate } from '../geometry.ts';
import { bodyIndex, positionAt, quaternionAt, toAction } from '../observe.ts';
import { parseScene } from '../parse.ts';
import type { Controller } from '../policy.ts';
import type { Vec3 } from '../quantities.ts';
import { randomPolicy } from '../random-policy.ts';
import type { Scene, SceneInput } from '../scene.ts';
import { frontCamera, GROUND, IN_PLANE } from './front.ts';
import { PALETTE } from './palette.ts';

/** Links, from the base to the tip, and the hinges at their lower ends. */
const LINKS = ['red', 'green', 'blue'] as const;
const HINGES = ['shoulder', 'elbow', 'wrist'] as const;
/** Height of the shoulder over the floor, m. */
const SHOULDER = 0.35;
/** The longest arm that the picture shows upright, m. */
const LONGEST = 2.4;
const VIEW = 3;

export const armConfigSchema = z.strictObject({
  /** Length of each link from hinge to hinge, m */
  link: rangeSchema(0.5, 0.62, 0.3, LONGEST / LINKS.length),
  /** kg/m of the links */
  density: rangeSchema(1.5, 2.5, 0.1),
  /** Distance of the goal from the shoulder as a share of the arm's length */
  reach: rangeSchema(0.45, 0.85, 0.2, 0.98),
  /** rad/s of a hinge at full action */
  speed: rangeSchema(1.8, 1.8, 0.01),
  /** N m: the most that a hinge turns with */
  torque: z.number().positive().default(80),
  /** m */
  radius: z.number().positive().max(0.1).default(0.09),
  /** s between frames */
  dt: z
    .number()
    .positive()
    .default(1 / 20),
  /** Physics steps a frame. */
  substeps: z.int().positive().default(12),
  shifts: z
    .strictObject({
      link: rangeSchema(0.36, 0.44, 0.3, LONGEST / LINKS.length),
      density: rangeSchema(4, 6, 0.1),
      reach: rangeSchema(0.25, 0.4, 0.2, 0.98),
      speed: rangeSchema(0.9, 1.2, 0.01),
    })
    .prefault({}),
});
export type ArmConfig = z.infer<typeof armConfigSchema>;

export const arm: SceneDefinition<ArmConfig> = {
  name: 'arm',
  description: 'An arm of three links on driven hinges reaches for a marker, under gravity',
  config: armConfigSchema,
  factors: {
    link: { unit: 'm', description: 'length of each link' },
    density: { unit: 'kg/m', description: 'mass of the links by their length' },
    reach: {
      unit: '1',
      description: "distance of the goal from the shoulder as a share of the arm's length",
    },
    speed: { unit: 'rad/s', description: 'speed of a hinge at full action' },
  },
  policies: { scripted: reachForGoal, random: randomPolicy },
  sample: sampleArm,
};

function sampleArm(key: Key, config: ArmConfig): Scene {
  const lengths = uniform(foldIn(key, 0), LINKS.length, ...config.link);
  const density = drawFrom(foldIn(key, 1), config.density);
  const reach = drawFrom(foldIn(key, 2), config.reach);
  const speed = drawFrom(foldIn(key, 3), config.speed);
  // Angles from the vertical, each against the link before, that keep the arm over the floor.
  const bends = uniform(foldIn(key, 4), LINKS.length, -0.6, 0.6);
  const goal = goalPosition(foldIn(key, 5), reach * lengths.reduce((a, b) => a + b));
  const material = { restitution: 0, friction: 0.5 };
  const { radius } = config;

  const links: SceneInput['bodies'] = [];
  let [hinge, angle]: [Vec3, number] = [[0, 0, SHOULDER], 0];
  LINKS.forEach((name, i) => {
    angle += bends[i]!;
    const quaternion = axisAngle([0, 1, 0], angle);
    const half = lengths[i]! / 2;
    links.push({
      ...{ name, color: PALETTE[i]![1], material, quaternion, ...IN_PLANE },
      shape: { kind: 'capsule', radius, halfLength: half },
      mass: density * lengths[i]!,
      position: add(hinge, rotate(quaternion, [0, 0, half])),
    });
    hinge = add(hinge, rotate(quaternion, [0, 0, 2 * half]));
  });
  const input: SceneInput = {
    name: 'arm',
    bodies: [
      ...links,
      {
        ...{ name: 'goal', color: [0.95, 0.95, 0.95], material, mass: 0, collides: false },
        shape: { kind: 'sphere', radius: 0.13 },
        // Behind the arm, so that the arm covers it where it arrives.
        position: [goal[0], 0.2, goal[2]],
      },
      {
        ...{ name: 'base', color: [0.25, 0.25, 0.25], material, mass: 0 },
        shape: { kind: 'box', halfExtents: [0.16, 0.16, SHOULDER / 2 - radius] },
        position: [0, 0, SHOULDER / 2 - radius],
      },
      { name: 'floor', color: GROUND.color, material, mass: 0, shape: { kind: 'plane' }, visible: false },
      {
        ...{ name: 'wall', color: GROUND.color, material, mass: 0, collides: false },
        shape: { kind: 'plane' },
        position: [0, 0.45, 0],
        quaternion: axisAngle([1, 0, 0], Math.PI / 2),
        pattern: { kind: 'checker', color: GROUND.tile, size: 0.4 },
      },
    ],
    joints: HINGES.map((name, i) => ({
      ...{ kind: 'hinge', name, axis: [0, 1, 0] as Vec3 },
      ...(i === 0
        ? { bodyA: null, anchorA: [0, 0, SHOULDER] as Vec3 }
        : { bodyA: LINKS[i - 1]!, anchorA: [0, 0, lengths[i - 1]! / 2] as Vec3 }),
      bodyB: LINKS[i]!,
      anchorB: [0, 0, -lengths[i]! / 2] as Vec3,
      limits: (i === 0 ? [-1.7, 1.7] : [-2.4, 2.4]) as [number, number],
    })),
    actuators: HINGES.map((joint) => ({
      ...{ kind: 'speed', name: joint, joint, limit: speed, maxTorque: config.torque },
    })),
    gravity: [0, 0, -9.81],
    camera: frontCamera(0, VIEW / 2, VIEW),
    light: { direction: [0.35, 1, -0.55], intensity: 0.75, ambient: 0.3 },
    background: [0, 0, 0],
    ...{ dt: config.dt, substeps: config.substeps },
    factors: {
      density,
      reach,
      speed,
      ...Object.fromEntries([...lengths].map((length, i) => [`${LINKS[i]!}_link`, length])),
    },
  };
  return parseScene(input);
}

/** At a distance from the shoulder, at least 25 degrees over the horizon. */
function goalPosition(key: Key, distance: number): Vec3 {
  const elevation = uniformScalar(key, 0.44, Math.PI - 0.44);
  return [distance * cosine(elevation), 0, SHOULDER + distance * sine(elevation)];
}

/** 1/s: how fast the tip comes nearer to the goal, as a share of the distance. */
const GAIN = 4;
/** m: damping of the least squares, which keeps hinges slow where the arm is stretched. */
const DAMPING = 0.15;

/**
 * Moves the tip straight to the goal by damped least squares, dq = Jᵀ (J Jᵀ + damping²)⁻¹ dx (Wampler, "Manipulator
 * inverse kinematic solutions based on vector formulations and damped least-squares methods", 1986). The key draws the pace.
 */
function reachForGoal(scene: Scene, key: Key): Controller {
  const goal = scene.bodies[bodyIndex(scene, 'goal')]!.position;
  const links = LINKS.map((name) => bodyIndex(scene, name));
  const halves = links.map((link) => {
    const { shape } = scene.bodies[link]!;
    return shape.kind === 'capsule' ? shape.halfLength : 0;
  });
  const speed = scene.actuators[0]!.limit;
  const gain = GAIN * uniformScalar(key, 0.6, 1);

  return (state) => {
    const end = (i: number, sign: number): Vec3 =>
      add(positionAt(state, links[i]!), rotate(quaternionAt(state, links[i]!), [0, 0, sign * halves[i]!]));
    const tip = end(LINKS.length - 1, 1);
    // A turn about +y moves the tip by (z, -x) of its arm: columns of the Jacobian.
    const columns = LINKS.map((_, i) => {
      const hinge = end(i, -1);
      return [tip[2] - hinge[2], hinge[0] - tip[0]] as const;
    });
    const [x, z] = [gain * (goal[0] - tip[0]), gain * (goal[2] - tip[2])];
    let [a, b, c] = [DAMPING * DAMPING, 0, DAMPING * DAMPING];
    for (const [jx, jz] of columns) {
      a += jx * jx;
      b += jx * jz;
      c += jz * jz;
    }
    const determinant = a * c - b * b;
    const [u, v] = [(c * x - b * z) / determinant, (a * z - b * x) / determinant];
    const rates = columns.map(([jx, jz]) => jx * u + jz * v);
    const most = Math.max(...rates.map((rate) => Math.abs(rate)), speed);
    return rates.map((rate) => toAction(rate / most));
  };
}
