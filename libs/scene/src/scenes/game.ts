/** A ball and two paddles that a person can play, seen from the front: tennis for two without gravity. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { axisAngle } from '../geometry.ts';
import { bodyIndex, positionAt, toAction, velocityAt } from '../observe.ts';
import { parseScene } from '../parse.ts';
import type { Controller } from '../policy.ts';
import type { Color, Quaternion, Vec3 } from '../quantities.ts';
import { randomPolicy } from '../random-policy.ts';
import type { Scene, SceneInput } from '../scene.ts';
import { frontCamera, GROUND, IN_PLANE } from './front.ts';
import { PALETTE, turning } from './palette.ts';

/** Width and height of the court, m. */
const COURT = 4;
const HALF = COURT / 2;
/** Where the paddles' middles move up and down, and half their thickness, m. */
const PADDLE_X = 1.7;
const THICKNESS = 0.1;
/** Paddles reach further into the picture than the ball, where stops keep them off the walls, m. */
const DEPTH = 0.5;
const PADDLE_MASS = 40;

export const gameConfigSchema = z.strictObject({
  /** m */
  radius: rangeSchema(0.16, 0.22, 0.05, 0.35),
  /** Of the ball at the start, m/s */
  speed: rangeSchema(2, 3, 0.1),
  /** Half of a paddle's height, m */
  paddle: rangeSchema(0.4, 0.5, 0.1, 1),
  /** m/s of a paddle at full action */
  paddleSpeed: z.number().positive().default(2.5),
  /** Coulomb coefficient of ball and paddle: a moving paddle slices the ball. */
  friction: rangeSchema(0.2, 0.4, 0),
  /** s between frames */
  dt: z
    .number()
    .positive()
    .default(1 / 20),
  /** Physics steps a frame. */
  substeps: z.int().positive().default(8),
  shifts: z
    .strictObject({
      radius: rangeSchema(0.26, 0.32, 0.05, 0.35),
      speed: rangeSchema(3.5, 4.5, 0.1),
      paddle: rangeSchema(0.2, 0.3, 0.1, 1),
      friction: rangeSchema(0.6, 0.9, 0),
    })
    .prefault({}),
});
export type GameConfig = z.infer<typeof gameConfigSchema>;

export const game: SceneDefinition<GameConfig> = {
  name: 'game',
  description: 'Two paddles play a ball to and fro; what they miss comes back from the wall behind them',
  config: gameConfigSchema,
  factors: {
    radius: { unit: 'm', description: 'radius of the ball' },
    speed: { unit: 'm/s', description: 'speed of the ball at the start' },
    paddle: { unit: 'm', description: "half of the paddles' height" },
    friction: { unit: '1', description: 'Coulomb coefficient of ball and paddle' },
  },
  policies: { scripted: keepTheBall, random: randomPolicy },
  sample: sampleGame,
};

function sampleGame(key: Key, config: GameConfig): Scene {
  const radius = drawFrom(foldIn(key, 0), config.radius);
  const speed = drawFrom(foldIn(key, 1), config.speed);
  const paddle = drawFrom(foldIn(key, 2), config.paddle);
  const friction = drawFrom(foldIn(key, 3), config.friction);
  // Served from the middle, to either side, at most 50 degrees up or down.
  const [height, side, slope] = uniform(foldIn(key, 4), 3);
  const angle = (slope! * 2 - 1) * 0.87 + (side! < 0.5 ? 0 : Math.PI);
  const travel = HALF - paddle - 0.02;
  const starts = uniform(foldIn(key, 5), 2, -travel, travel);
  const touching = { restitution: 1, friction };
  const smooth = { restitution: 1, friction: 0 };
  const input: SceneInput = {
    name: 'game',
    bodies: [
      {
        ...{ name: 'ball', material: touching, mass: 0.5, ...IN_PLANE },
        ...turning(PALETTE[3]![1], radius),
        shape: { kind: 'sphere', radius },
        position: [0, 0, HALF + (height! * 2 - 1) * 1.2],
        velocity: [speed * cosine(angle), 0, speed * sine(angle)],
      },
      ...(['left', 'right'] as const).map((name, i) => ({
        ...{ name, color: PALETTE[i === 0 ? 0 : 2]![1], material: touching, mass: PADDLE_MASS },
        shape: { kind: 'box' as const, halfExtents: [THICKNESS, DEPTH, paddle] as Vec3 },
        position: [i === 0 ? -PADDLE_X : PADDLE_X, 0, HALF + starts[i]!] as Vec3,
        linearFactor: [0, 0, 1] as Vec3,
        angularFactor: [0, 0, 0] as Vec3,
      })),
      ...stops(),
      ...walls().map((wall) => ({
        ...wall,
        ...{ material: smooth, mass: 0, shape: { kind: 'plane' as const } },
      })),
    ],
    actuators: ['left', 'right'].map((body) => ({
      ...{ kind: 'velocity', name: `${body}_paddle`, body, direction: [0, 0, 1] as Vec3 },
      ...{ limit: config.paddleSpeed, maxForce: PADDLE_MASS * 40 },
    })),
    gravity: [0, 0, 0],
    camera: frontCamera(0, HALF, COURT),
    light: { direction: [0.35, 1, -0.55], intensity: 0.75, ambient: 0.3, shadows: false },
    background: [0, 0, 0],
    ...{ dt: config.dt, substeps: config.substeps },
    factors: { radius, speed, paddle, friction },
  };
  return parseScene(input);
}

/** What stops the paddles short of the walls, without a bounce, deeper in the picture than the ball is. */
function stops(): SceneInput['bodies'] {
  return [-PADDLE_X, PADDLE_X].flatMap((x) =>
    [-1, 1].map((end) => ({
      name: `${x < 0 ? 'left' : 'right'} ${end < 0 ? 'lower' : 'upper'} stop`,
      ...{ color: [0, 0, 0] as Color, visible: false, mass: 0, material: { restitution: 0, friction: 0 } },
      shape: { kind: 'box' as const, halfExtents: [0.2, 0.05, 0.1] as Vec3 },
      position: [x, DEPTH - 0.05, HALF + end * (HALF + 0.1 - 0.01)] as Vec3,
    })),
  );
}

/** The walls of the court, seen edge-on, and what is behind it. */
function walls() {
  const edge = (name: string, position: Vec3, quaternion: Quaternion) => ({
    ...{ name, position, quaternion, color: GROUND.color, visible: false },
  });
  return [
    edge('floor', [0, 0, 0], [0, 0, 0, 1]),
    edge('ceiling', [0, 0, COURT], [1, 0, 0, 0]),
    edge('left wall', [-HALF, 0, HALF], axisAngle([0, 1, 0], Math.PI / 2)),
    edge('right wall', [HALF, 0, HALF], axisAngle([0, 1, 0], -Math.PI / 2)),
    {
      ...{ name: 'back', position: [0, DEPTH + 0.1, HALF] as Vec3, color: [0.12, 0.12, 0.12] as Color },
      quaternion: axisAngle([1, 0, 0], Math.PI / 2),
      pattern: { kind: 'checker' as const, color: [0.1, 0.1, 0.1] as Color, size: 1 },
      collides: false,
    },
  ];
}

/**
 * Each paddle goes to where the ball will cross its line, reckoning with bounces, and otherwise back to the middle.
 * The key draws with which part of itself a paddle aims to hit, anew for each stroke.
 */
function keepTheBall(scene: Scene, key: Key): Controller {
  const ball = bodyIndex(scene, 'ball');
  const paddles = ['left', 'right'].map((name) => bodyIndex(scene, name));
  const { radius, paddle } = scene.factors as { radius: number; paddle: number };
  const { limit } = scene.actuators[0]!;

  return (state, frame) => {
    const [x, , z] = positionAt(state, ball);
    const [vx, , vz] = velocityAt(state, ball);
    return paddles.map((body, i) => {
      const line = (PADDLE_X - THICKNESS - radius) * (i === 0 ? -1 : 1);
      const time = (line - x) / vx;
      // Until the ball comes, wait in the middle; a stroke takes about a second.
      let target = HALF;
      if (time > 0 && Number.isFinite(time)) {
        const aim = uniformScalar(
          foldIn(foldIn(key, i), Math.floor((frame + time / scene.dt) / 4)),
          -0.5,
          0.5,
        );
        target = reflected(z + vz * time, radius, COURT - radius) + aim * paddle;
      }
      return toAction((8 * (target - positionAt(state, body)[2])) / limit);
    });
  };
}

/** Where a point that bounces between `low` and `high` is, when it would be at `x` without them. */
function reflected(x: number, low: number, high: number): number {
  const span = high - low;
  const turns = (x - low) / (2 * span);
  const phase = (turns - Math.floor(turns)) * 2 * span;
  return low + (phase <= span ? phase : 2 * span - phase);
}
