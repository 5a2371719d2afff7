/** A sorting line seen from above: a belt brings boxes of two kinds, a diverter pushes those of one kind off to the side. */
import { foldIn, permutation, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { axisAngle } from '../geometry.ts';
import { bodyIndex, positionAt, toAction, velocityAt } from '../observe.ts';
import { parseScene } from '../parse.ts';
import type { Controller } from '../policy.ts';
import type { Color, Vec3 } from '../quantities.ts';
import { randomPolicy } from '../random-policy.ts';
import type { Scene, SceneInput } from '../scene.ts';
import { PALETTE, tint, turning } from './palette.ts';

/** The picture's edge, m; the belt runs along x, and its first part lies outside the picture. */
const VIEW = 2.4;
const BELT_END = 0.55;
const BELT_HALF_WIDTH = 0.3;
const BELT_HEIGHT = 0.2;
/** Between the middles of two boxes on the line, m: what a box is late by at most, on top of the shortest. */
const SPACING = 0.75;
const JITTER = 0.2;
/** Where the diverter's middle is along the belt, m, and the half extents of its plate. */
const DIVERTER_X = 0;
const PLATE: Vec3 = [0.17, 0.05, 0.16];
/** Across the belt, m: the diverter at home, and where its stop holds it. */
const HOME = -0.5;
const FAR = 0.2;
/** kg/m³ */
const DENSITY = 150;
const GRAVITY = 9.81;

const named = (...names: string[]) => PALETTE.filter(([name]) => names.includes(name));
/** Each box has a hue of its own: a cold one if it belongs at the belt's end, a warm one if the diverter shall push it off. */
const COLD = named('green', 'blue', 'cyan', 'azure', 'spring');
const WARM = named('red', 'yellow', 'magenta', 'rose', 'violet');
const isWarm = (color: Color) => WARM.some(([, warm]) => warm.every((c, i) => c === color[i]));
const RED = PALETTE[0]![1];
const BLUE = PALETTE[2]![1];
const LIME = PALETTE[7]![1];

export const conveyorConfigSchema = z.strictObject({
  /** Number of boxes on the line; each has its own colour. */
  boxes: z.int().min(1).max(5).default(5),
  /** Half of a box's edge, m */
  size: rangeSchema(0.1, 0.14, 0.05, 0.16),
  /** Coulomb coefficient of each contact */
  friction: rangeSchema(0.4, 0.6, 0),
  /** m/s of the belt at full action */
  speed: rangeSchema(1, 1.2, 0.01),
  /** Share of the boxes that the diverter shall push off, each box by itself */
  share: z.number().min(0).max(1).default(0.5),
  /** m/s of the diverter at full action */
  diverterSpeed: z.number().positive().default(1.6),
  /** s between frames */
  dt: z
    .number()
    .positive()
    .default(1 / 20),
  /** Physics steps a frame. */
  substeps: z.int().positive().default(8),
  shifts: z
    .strictObject({
      size: rangeSchema(0.06, 0.085, 0.05, 0.16),
      friction: rangeSchema(0.2, 0.3, 0),
      speed: rangeSchema(1.5, 1.8, 0.01),
    })
    .prefault({}),
});
export type ConveyorConfig = z.infer<typeof conveyorConfigSchema>;

export const conveyor: SceneDefinition<ConveyorConfig> = {
  name: 'conveyor',
  description: 'A belt brings boxes of two kinds; a diverter pushes those of one kind off to the side',
  config: conveyorConfigSchema,
  factors: {
    size: { unit: 'm', description: "half of each box's edge" },
    friction: { unit: '1', description: 'Coulomb coefficient of each contact' },
    speed: { unit: 'm/s', description: 'speed of the belt at full action' },
  },
  policies: { scripted: sort, random: randomPolicy },
  sample: sampleConveyor,
};

function sampleConveyor(key: Key, config: ConveyorConfig): Scene {
  const sizes = uniform(foldIn(key, 0), config.boxes, ...config.size);
  const friction = drawFrom(foldIn(key, 1), config.friction);
  const speed = drawFrom(foldIn(key, 2), config.speed);
  const shades = [COLD, WARM].map((kind, i) =>
    [...permutation(foldIn(key, 7 + i), kind.length)].map((j) => kind[j]!),
  );
  const colors = [...uniform(foldIn(key, 3), config.boxes)].map(
    (u, i) => shades[u < config.share ? 1 : 0]![i]!,
  );
  const late = uniform(foldIn(key, 4), config.boxes, 0, JITTER);
  const aside = uniform(foldIn(key, 5), config.boxes, -0.06, 0.06);
  const turns = uniform(foldIn(key, 6), config.boxes, -0.3, 0.3);
  const material = { restitution: 0, friction };
  const length = (config.boxes + 1) * (SPACING + JITTER);
  const dark = { color: [0.16, 0.16, 0.16] as Color, material, mass: 0 };
  const input: SceneInput = {
    name: 'conveyor',
    bodies: [
      ...colors.map(([, color], i): SceneInput['bodies'][number] => {
        const half = sizes[i]!;
        return {
          // Not after its colour: the bodies of all episodes have the same names.
          ...{ name: `box${i + 1}`, material, mass: DENSITY * 8 * half * half * half },
          ...turning(color, half),
          shape: { kind: 'box', halfExtents: [half, half, half] },
          // The first one is about to reach the diverter.
          position: [-0.6 - i * (SPACING + JITTER) - late[i]!, aside[i]!, BELT_HEIGHT + half],
          quaternion: axisAngle([0, 0, 1], turns[i]!),
        };
      }),
      {
        ...{ name: 'diverter', color: LIME, material, mass: 4 },
        shape: { kind: 'box', halfExtents: PLATE },
        position: [DIVERTER_X, HOME, BELT_HEIGHT + 0.02 + PLATE[2]],
        // On rails: it moves across the belt only, a finger's width over it.
        ...{ linearFactor: [0, 1, 0], angularFactor: [0, 0, 0] },
      },
      ...[HOME - PLATE[1], FAR + PLATE[1]].map((y, i) => ({
        ...{ name: i === 0 ? 'rear stop' : 'front stop', ...dark, visible: false },
        shape: { kind: 'box' as const, halfExtents: [0.05, 0.02, 0.02] as Vec3 },
        // Over the boxes, at the upper edge of the plate.
        position: [DIVERTER_X, y + (i === 0 ? -0.021 : 0.021), BELT_HEIGHT + 2 * PLATE[2]] as Vec3,
      })),
      {
        ...{ name: 'belt', ...dark },
        shape: { kind: 'box', halfExtents: [(length + BELT_END) / 2, BELT_HALF_WIDTH, BELT_HEIGHT / 2] },
        position: [(BELT_END - length) / 2, 0, BELT_HEIGHT / 2],
        pattern: { kind: 'checker', color: [0.2, 0.2, 0.2], size: 0.2 },
      },
      bin('cold bin', BLUE, [BELT_END + 0.38, 0], [0.36, 0.5], material),
      bin('warm bin', RED, [DIVERTER_X, 0.9], [0.5, 0.55], material),
      {
        ...{ name: 'floor', color: [0.4, 0.4, 0.4], material, mass: 0 },
        shape: { kind: 'plane' },
      },
    ],
    actuators: [
      { kind: 'belt', name: 'belt', body: 'belt', direction: [1, 0, 0], limit: speed },
      {
        ...{ kind: 'velocity', name: 'diverter', body: 'diverter', direction: [0, 1, 0] },
        ...{ limit: config.diverterSpeed, maxForce: 200 },
      },
    ],
    gravity: [0, 0, -GRAVITY],
    camera: {
      ...{ kind: 'orthographic', position: [0.12, 0.35, 4], target: [0.12, 0.35, 0], up: [0, 1, 0] },
      height: VIEW,
    },
    light: { direction: [0.4, -0.5, -1], intensity: 0.75, ambient: 0.3 },
    background: [0, 0, 0],
    ...{ dt: config.dt, substeps: config.substeps },
    factors: {
      boxes: config.boxes,
      friction,
      speed,
      ...Object.fromEntries([...sizes].map((size, i) => [`box${i + 1}_size`, size])),
    },
  };
  return parseScene(input);
}

/** Where boxes of a colour belong: a mark on the floor. */
function bin(
  name: string,
  color: Color,
  [x, y]: readonly [number, number],
  [halfX, halfY]: readonly [number, number],
  material: { restitution: number; friction: number },
): SceneInput['bodies'][number] {
  return {
    ...{ name, material, mass: 0, collides: false },
    color: tint(color),
    shape: { kind: 'box', halfExtents: [halfX, halfY, 0.001] },
    position: [x, y, 0.001],
  };
}

/**
 * Stops the belt while a box that belongs aside is before the diverter, and pushes it off; else drives the belt and keeps
 * the diverter at home. The key draws the pace of the belt.
 */
function sort(scene: Scene, key: Key): Controller {
  const diverter = bodyIndex(scene, 'diverter');
  const boxes = scene.bodies.flatMap(({ color, shape, mass }, index) =>
    shape.kind === 'box' && mass > 0 && index !== diverter
      ? [{ index, half: shape.halfExtents[0], divert: isWarm(color) }]
      : [],
  );
  const [, { limit }] = scene.actuators as [unknown, { limit: number }];
  const friction = scene.factors['friction']!;
  const pace = uniformScalar(key, 0.7, 1);

  return (state) => {
    const y = positionAt(state, diverter)[1];
    const before = boxes.some(({ index, half, divert }) => {
      const [bx, by, bz] = positionAt(state, index);
      const onBelt = bz > BELT_HEIGHT + half / 2 && by < BELT_HALF_WIDTH + half;
      // Where it comes to rest if the belt stops at the next frame.
      const [speed] = velocityAt(state, index);
      const rest = bx + speed * scene.dt + (speed * Math.abs(speed)) / (2 * friction * GRAVITY);
      return divert && onBelt && rest > DIVERTER_X - 0.06 && bx < DIVERTER_X + 0.15;
    });
    if (before) return [0, 1];
    // Boxes that come must not run into the plate: the belt waits until it is out of their way.
    const isClear = y < -BELT_HALF_WIDTH + 0.05;
    return [isClear ? pace : 0, toAction((8 * (HOME - y)) / limit)];
  };
}
