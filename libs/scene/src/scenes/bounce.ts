/** Balls that bounce in a square arena, seen from the front: the first scene, and the one that `npm start` learns. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, split, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { axisAngle } from '../geometry.ts';
import { parseScene } from '../parse.ts';
import type { Color, Quaternion, Vec3 } from '../quantities.ts';
import type { Scene, SceneInput } from '../scene.ts';
import { IN_PLANE } from './front.ts';
import { ballMass, pairMaterial } from './material.ts';
import { PALETTE } from './palette.ts';
import { placeDiscs } from './placement.ts';

/** Width and height of the arena, m. */
const ARENA = 4;
/** kg/m³, so that balls of the default radii weigh about 1 to 4 kg. */
const DENSITY = 10;
/** Free space around a ball at the start, m. */
const CLEARANCE = 0.02;
const MOST_BALLS = 5;

export const bounceConfigSchema = z.strictObject({
  /** Number of balls. */
  balls: z.int().min(1).max(MOST_BALLS).default(3),
  /** m */
  radius: rangeSchema(0.3, 0.45, 0.01),
  /** Initial speed, m/s; its direction is uniform in the plane of the picture. */
  speed: rangeSchema(0.5, 3, 0),
  /** m/s², downwards */
  gravity: rangeSchema(9.81, 9.81, 0),
  /** Restitution of each contact, between balls and with walls. */
  restitution: rangeSchema(0.9, 0.9, 0, 1),
  /** Coulomb coefficient of each contact: 0, because spin would carry energy that plain balls do not show. */
  friction: z.number().min(0).default(0),
  /** s between frames */
  dt: z
    .number()
    .positive()
    .default(1 / 20),
  /** Physics steps a frame: impacts are found within a step, so these only resolve resting contacts. */
  substeps: z.int().positive().default(12),
  shifts: z
    .strictObject({
      radius: rangeSchema(0.2, 0.28, 0.01),
      speed: rangeSchema(3.5, 5, 0),
      gravity: rangeSchema(4, 6, 0),
      restitution: rangeSchema(0.6, 0.75, 0, 1),
    })
    .prefault({}),
});
export type BounceConfig = z.infer<typeof bounceConfigSchema>;

export const bounce: SceneDefinition<BounceConfig> = {
  name: 'bounce',
  description: 'Balls of distinct colours bounce in a square arena under gravity',
  config: bounceConfigSchema,
  factors: {
    radius: { unit: 'm', description: 'radius of each ball' },
    speed: { unit: 'm/s', description: 'speed of each ball at the start' },
    gravity: { unit: 'm/s²', description: 'gravity, downwards' },
    restitution: { unit: '1', description: 'restitution of each contact' },
  },
  sample: sampleBounce,
};

interface Ball {
  readonly radius: number;
  readonly speed: number;
  readonly position: Vec3;
  readonly velocity: Vec3;
}

/** @throws where the balls do not fit into the arena */
function sampleBounce(key: Key, config: BounceConfig): Scene {
  const balls = sampleBalls(key, config);
  const gravity = drawFrom(foldIn(key, 3), config.gravity);
  const restitution = drawFrom(foldIn(key, 4), config.restitution);
  const material = pairMaterial(restitution, config.friction);
  const input: SceneInput = {
    name: 'bounce',
    bodies: [
      ...balls.map((ball, i) => ({
        name: PALETTE[i]![0],
        color: PALETTE[i]![1],
        shape: { kind: 'sphere' as const, radius: ball.radius },
        mass: ballMass(DENSITY, ball.radius),
        material,
        position: ball.position,
        velocity: ball.velocity,
        ...IN_PLANE,
      })),
      ...arena(config.radius[1]).map((wall) => ({
        ...wall,
        shape: { kind: 'plane' as const },
        mass: 0,
        material,
      })),
    ],
    gravity: [0, 0, -gravity],
    camera: { kind: 'orthographic', position: [0, -5, ARENA / 2], target: [0, 0, ARENA / 2], height: ARENA },
    light: { direction: [0.35, 1, -0.55], intensity: 0.75, ambient: 0.3 },
    background: [0, 0, 0],
    dt: config.dt,
    substeps: config.substeps,
    factors: {
      balls: config.balls,
      gravity,
      restitution,
      friction: config.friction,
      ...Object.fromEntries(
        balls.flatMap((ball, i) => [
          [`${PALETTE[i]![0]}_radius`, ball.radius],
          [`${PALETTE[i]![0]}_speed`, ball.speed],
        ]),
      ),
    },
  };
  return parseScene(input);
}

/** The planes of the arena. Those at the picture's edges are seen edge-on and must not shade the wall: invisible. */
function arena(largestRadius: number) {
  const edge = (name: string, position: Vec3, quaternion: Quaternion) => ({
    name,
    position,
    quaternion,
    color: [0.3, 0.3, 0.3] as Color,
    visible: false,
  });
  return [
    edge('floor', [0, 0, 0], [0, 0, 0, 1]),
    edge('ceiling', [0, 0, ARENA], [1, 0, 0, 0]),
    edge('left', [-ARENA / 2, 0, ARENA / 2], axisAngle([0, 1, 0], Math.PI / 2)),
    edge('right', [ARENA / 2, 0, ARENA / 2], axisAngle([0, 1, 0], -Math.PI / 2)),
    {
      name: 'wall',
      // The largest ball clears it, and the light still drops each shadow beside its ball.
      position: [0, largestRadius + 0.1, ARENA / 2] as Vec3,
      quaternion: axisAngle([1, 0, 0], Math.PI / 2),
      color: [0.5, 0.5, 0.5] as Color,
      pattern: { kind: 'checker' as const, color: [0.44, 0.44, 0.44] as Color, size: 0.5 },
    },
  ];
}

function sampleBalls(key: Key, config: BounceConfig): Ball[] {
  const [radiusKey, velocityKey, layoutKey] = split(key, 3) as [Key, Key, Key];
  const radii = uniform(radiusKey, config.balls, ...config.radius);
  const half = ARENA / 2;
  const places = placeDiscs(layoutKey, radii, { halfWidth: half, halfHeight: half }, CLEARANCE);
  if (!places)
    throw new Error(
      `scene "bounce": ${config.balls} balls with radii up to ${config.radius[1]} m do not fit into ` +
        `${ARENA} m x ${ARENA} m; lower "balls" or "radius"`,
    );
  return places.map(([x, z], i) => {
    const [speedKey, angleKey] = split(foldIn(velocityKey, i), 2) as [Key, Key];
    const speed = uniformScalar(speedKey, ...config.speed);
    const angle = uniformScalar(angleKey, 0, 2 * Math.PI);
    return {
      radius: radii[i]!,
      speed,
      position: [x, 0, half + z],
      velocity: [speed * cosine(angle), 0, speed * sine(angle)],
    };
  });
}
