/**
 * Balls that pass behind a screen, and what they may not do there: matched possible and impossible scenes, after IntPhys
 * (Riochet et al., 2018). All contacts are frictionless, so that where a ball is at each time has a closed form.
 */
import { foldIn, permutation, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import type { Intervention } from '../interventions.ts';
import { parseScene } from '../parse.ts';
import type { Color, Vec3 } from '../quantities.ts';
import type { Scene } from '../scene.ts';
import { DAYLIGHT, floor, obstacle, SKY } from './ground.ts';
import { ballMass, pairMaterial } from './material.ts';
import { PALETTE } from './palette.ts';

const GRAVITY = 9.81;
/** kg/m³ */
const DENSITY = 100;
/** Restitution of floor and block. */
const BOUNCE = 0.75;
/** y of the balls' paths, nearest first, m; the screen stands before them. */
const LANES = [0, 0.8] as const;
const SCREEN_Y = -0.75;
/** Half extents of screen and block, m. */
const SCREEN: Vec3 = [0.72, 0.04, 0.65];
const BLOCK: Vec3 = [0.14, 0.35, 0.42];
/** Where the first ball starts and the block stands, m. */
const START = -1.65;
const BLOCK_AT = 1.55;
const CAMERA: Vec3 = [0, -9, 1];
/** Colours that balls have, of the palette's: far apart, so that a swap is plain. */
const COLORS = 5;
const NAMES = ['near', 'far'] as const;
/** A ball counts as hidden when its outline lies within the screen's by this much, m. */
const MARGIN = 0.04;

export const occluderVariants = [
  'vanish',
  'teleport',
  'pass-through',
  'color-swap',
  'speed-jump',
  'gravity-flip',
] as const;
type Variant = (typeof occluderVariants)[number];

export const occluderConfigSchema = z.strictObject({
  /** Number of balls: the second passes farther back and the other way, and nothing ever happens to it alone. */
  balls: z.int().min(1).max(LANES.length).default(2),
  /** m */
  radius: rangeSchema(0.2, 0.28, 0.05, 0.4),
  /** Horizontal speed, m/s. */
  speed: rangeSchema(1.1, 1.6, 0.1),
  /** Height of each ball's lowest point at the start, from which it drops and hops on, m. */
  height: rangeSchema(0.2, 0.6, 0, 0.8),
  ...timing(1 / 20, 8),
  shifts: z
    .strictObject({
      radius: rangeSchema(0.12, 0.16, 0.05, 0.4),
      speed: rangeSchema(1.8, 2.4, 0.1),
      height: rangeSchema(0.65, 0.75, 0, 0.8),
    })
    .prefault({}),
});
export type OccluderConfig = z.infer<typeof occluderConfigSchema>;

/**
 * The first ball hops from the left behind the screen, comes out at the right and rebounds from a block there, within 60
 * frames; the second goes the other way and leaves the picture. With a variant the first ball
 * `vanish`es, is `teleport`ed ahead, changes its colour (`color-swap`) or its speed (`speed-jump`: double or half) while
 * it is hidden, or goes through the block (`pass-through`); `gravity-flip` turns gravity over while it flies in the open.
 * Until then the frames are those of the possible scene. `scene.interventions` says when.
 */
export const occluder: SceneDefinition<OccluderConfig> = {
  name: 'occluder',
  description: 'Balls hop behind a screen and rebound from a block: matched possible and impossible scenes',
  config: occluderConfigSchema,
  factors: {
    radius: { unit: 'm', description: 'radius of each ball' },
    speed: { unit: 'm/s', description: 'horizontal speed of each ball' },
    height: { unit: 'm', description: 'height from which each ball drops' },
  },
  variants: occluderVariants,
  sample: sampleOccluder,
};

interface Ball {
  readonly name: string;
  readonly color: Color;
  readonly radius: number;
  readonly speed: number;
  readonly height: number;
  /** x at the start, m */
  readonly start: number;
  /** 1 to the right, -1 to the left */
  readonly way: 1 | -1;
  readonly lane: number;
}

/** @throws where the variant is unknown, or the first ball is too large or too fast to be hidden for a frame */
function sampleOccluder(key: Key, config: OccluderConfig, variant?: string): Scene {
  const balls = sampleBalls(key, config);
  const screenX = uniformScalar(foldIn(key, 3), -0.1, 0.1);
  const material = pairMaterial(BOUNCE, 0);
  return parseScene({
    name: 'occluder',
    bodies: [
      ...balls.map(({ name, color, radius, speed, height, start, way, lane }) => ({
        name,
        color,
        shape: { kind: 'sphere' as const, radius },
        mass: ballMass(DENSITY, radius),
        material,
        position: [start, lane, height + radius] as Vec3,
        velocity: [way * speed, 0, 0] as Vec3,
      })),
      { ...obstacle('screen', material, SCREEN, [screenX, SCREEN_Y, SCREEN[2]]), color: [0.32, 0.3, 0.28] },
      obstacle('block', material, BLOCK, [BLOCK_AT + BLOCK[0], LANES[0], BLOCK[2]]),
      floor(material, 0.5),
    ],
    gravity: [0, 0, -GRAVITY],
    interventions:
      variant === undefined ? [] : [violation(variant, foldIn(key, 4), balls, screenX, config.dt)],
    camera: { kind: 'perspective', position: CAMERA, target: [0, 0, 0.62], fieldOfView: 24 },
    views: {
      behind: { kind: 'perspective', position: [0, 9, 2], target: [0, 0, 0.6], fieldOfView: 26 },
      top: { kind: 'orthographic', position: [0, 0, 8], target: [0, 0, 0], up: [0, 1, 0], height: 4.2 },
    },
    // From above and before: the shadow of a hidden ball is hidden too, but for the end of its way.
    light: { ...DAYLIGHT, direction: [0.1, 0.5, -1] },
    background: SKY,
    dt: config.dt,
    substeps: config.substeps,
    factors: {
      balls: config.balls,
      ...Object.fromEntries(
        balls.flatMap(({ name, radius, speed, height }) => [
          [`${name}_radius`, radius],
          [`${name}_speed`, speed],
          [`${name}_height`, height],
        ]),
      ),
    },
  });
}

function sampleBalls(key: Key, config: OccluderConfig): Ball[] {
  const colors = permutation(foldIn(key, 0), COLORS);
  return LANES.slice(0, config.balls).map((lane, i) => {
    const ballKey = foldIn(key, i + 1);
    return {
      name: NAMES[i]!,
      color: PALETTE[colors[i]!]![1],
      radius: drawFrom(foldIn(ballKey, 0), config.radius),
      speed: drawFrom(foldIn(ballKey, 1), config.speed),
      height: drawFrom(foldIn(ballKey, 2), config.height),
      start: i === 0 ? START : uniformScalar(foldIn(ballKey, 3), 1.1, 1.7),
      way: i === 0 ? 1 : -1,
      lane,
    };
  });
}

/** What the variant does to the first ball, at the frame at which it is meaningful. */
function violation(
  variant: string,
  key: Key,
  balls: readonly Ball[],
  screenX: number,
  dt: number,
): Intervention {
  const ball = balls[0]!;
  const body = ball.name;
  switch (variant as Variant) {
    case 'vanish':
      return { kind: 'vanish', frame: hiddenFrames(ball, screenX, dt).middle, body };
    case 'color-swap':
      return {
        kind: 'recolor',
        frame: hiddenFrames(ball, screenX, dt).middle,
        body,
        color: otherColor(key, balls),
      };
    case 'speed-jump':
      return {
        kind: 'speed',
        frame: hiddenFrames(ball, screenX, dt).middle,
        body,
        factor: uniformScalar(key) < 0.5 ? 2 : 0.5,
      };
    case 'teleport': {
      // From where it has just hidden to where it is about to come out.
      const { first, last } = hiddenFrames(ball, screenX, dt);
      return { kind: 'teleport', frame: first, body, offset: [(last - first) * dt * ball.speed, 0, 0] };
    }
    case 'pass-through':
      return {
        kind: 'pass-through',
        // The last frame before they touch.
        frame: Math.max(Math.floor((BLOCK_AT - ball.radius - START) / ball.speed / dt), 1),
        body,
        other: 'block',
      };
    case 'gravity-flip':
      return { kind: 'gravity', frame: flyingFrame(ball, screenX, dt), factor: -1 };
    default:
      throw new Error(
        `scene "occluder": no variant "${variant}"; choose one of: ${occluderVariants.join(', ')}`,
      );
  }
}

/** A colour that no ball of the scene has. */
function otherColor(key: Key, balls: readonly Ball[]): Color {
  const free = PALETTE.slice(0, COLORS).map(([, color]) => color);
  const others = free.filter((color) => balls.every((ball) => ball.color !== color));
  return others[Math.floor(uniformScalar(key) * others.length)]!;
}

/**
 * The frames in which the first ball is wholly behind the screen, as the camera sees it: the screen's sides cast the
 * eye's shadow, which grows in proportion to the distance.
 */
function hiddenFrames(ball: Ball, screenX: number, dt: number) {
  const growth = (ball.lane - ball.radius - CAMERA[1]) / (SCREEN_Y - CAMERA[1]);
  const [left, right] = [-SCREEN[0], SCREEN[0]].map(
    (side) => CAMERA[0] + growth * (screenX + side - CAMERA[0]),
  ) as [number, number];
  const reach = ball.radius + MARGIN;
  const first = Math.ceil((left + reach - ball.start) / ball.speed / dt);
  const last = Math.floor((right - reach - ball.start) / ball.speed / dt);
  if (last - first < 1)
    throw new Error(
      `scene "occluder": a ball of ${ball.radius} m at ${ball.speed} m/s is not hidden for two frames of ${dt} s; ` +
        'lower "radius", "speed" or "dt"',
    );
  return { first, last, middle: Math.floor((first + last) / 2) };
}

/** The frame at about the top of the first hop, or the last before the ball hides. */
function flyingFrame(ball: Ball, screenX: number, dt: number): number {
  const fall = Math.sqrt((2 * ball.height) / GRAVITY);
  // It falls for `fall` s, and rises for the restitution's share of that.
  const top = Math.round((fall * (1 + BOUNCE)) / dt);
  return Math.max(Math.min(top, hiddenFrames(ball, screenX, dt).first - 2), 1);
}
