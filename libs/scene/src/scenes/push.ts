/** A pusher moves over a table and shoves blocks about, seen from above: planar pushing with friction. */

import { foldIn, randomIntegers, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { axisAngle, rotate, rotateInverse } from '../geometry.ts';
import { bodyIndex, positionAt, quaternionAt, toAction } from '../observe.ts';
import { parseScene } from '../parse.ts';
import type { BodyStates, Controller } from '../policy.ts';
import type { Color, Quaternion, Vec3 } from '../quantities.ts';
import { randomPolicy } from '../random-policy.ts';
import type { Scene, SceneInput } from '../scene.ts';
import { PALETTE, tint, turning } from './palette.ts';
import { placeDiscs, type Place } from './placement.ts';

/** Half of the table's edge, m. */
const REACH = 1;
const PUSHER_RADIUS = 0.1;
/** Blocks and the goal start at least so far from the rim, so that the pusher can get behind a block, m. */
const MARGIN = 2 * PUSHER_RADIUS;
const HEIGHT = 0.1;
const PUSHER_COLOR = PALETTE[5]![1];
/** kg/m³: blocks of the default sizes weigh 0.9 to 1.7 kg. */
const DENSITY = 150;

export const pushConfigSchema = z.strictObject({
  /** Number of blocks, one of which the scripted policy pushes to the goal. */
  blocks: z.int().min(1).max(4).default(3),
  /** Half of a block's edge, m */
  size: rangeSchema(0.12, 0.17, 0.04, 0.25),
  /** Coulomb coefficient of each contact: block and table, block and block; the pusher is smooth. */
  friction: rangeSchema(0.3, 0.5, 0),
  /** m/s of the pusher at full action */
  speed: rangeSchema(1.2, 1.2, 0.01),
  /** N: the most that the pusher pushes with, in x and in y */
  force: z.number().positive().default(40),
  /** s between frames */
  dt: z
    .number()
    .positive()
    .default(1 / 20),
  /** Physics steps a frame. */
  substeps: z.int().positive().default(8),
  shifts: z
    .strictObject({
      size: rangeSchema(0.07, 0.1, 0.04, 0.25),
      friction: rangeSchema(0.1, 0.2, 0),
      speed: rangeSchema(0.6, 0.8, 0.01),
    })
    .prefault({}),
});
export type PushConfig = z.infer<typeof pushConfigSchema>;

export const push: SceneDefinition<PushConfig> = {
  name: 'push',
  description: 'A pusher shoves blocks over a table, one of them to a goal of its colour',
  config: pushConfigSchema,
  factors: {
    size: { unit: 'm', description: "half of each block's edge" },
    friction: { unit: '1', description: 'Coulomb coefficient of each contact' },
    speed: { unit: 'm/s', description: 'speed of the pusher at full action' },
  },
  policies: { scripted: pushToGoal, random: randomPolicy },
  sample: samplePush,
};

/** @throws where the blocks do not fit on the table */
function samplePush(key: Key, config: PushConfig): Scene {
  const sizes = uniform(foldIn(key, 0), config.blocks, ...config.size);
  const angles = uniform(foldIn(key, 1), config.blocks, 0, Math.PI / 2);
  const friction = drawFrom(foldIn(key, 2), config.friction);
  const speed = drawFrom(foldIn(key, 3), config.speed);
  const chosen = randomIntegers(foldIn(key, 4), 1, 0, config.blocks)[0]!;
  const places = placeBlocks(foldIn(key, 5), sizes, config);
  const [pusher, goal] = places.slice(-2) as [Place, Place];
  const material = { restitution: 0, friction };
  const input: SceneInput = {
    name: 'push',
    bodies: [
      {
        ...{ name: 'pusher', color: PUSHER_COLOR, mass: 2 },
        // Smooth: it slides along a block's side instead of dragging the block with it.
        material: { restitution: 0, friction: 0 },
        shape: { kind: 'sphere', radius: PUSHER_RADIUS },
        position: [...pusher, HEIGHT],
        // It slides without turning and hangs in its guide: the table neither carries nor brakes it.
        ...{ linearFactor: [1, 1, 0], angularFactor: [0, 0, 0] },
      },
      ...places.slice(0, config.blocks).map(([x, y], i) => {
        const [name, color] = PALETTE[i]!;
        const half = sizes[i]!;
        return {
          ...{ name, material, mass: DENSITY * 8 * half * half * HEIGHT },
          ...turning(color, half),
          shape: { kind: 'box' as const, halfExtents: [half, half, HEIGHT] as Vec3 },
          position: [x, y, HEIGHT] as Vec3,
          quaternion: axisAngle([0, 0, 1], angles[i]!),
        };
      }),
      {
        ...{ name: 'goal', color: tint(PALETTE[chosen]![1]), material, mass: 0, collides: false },
        shape: { kind: 'box', halfExtents: [sizes[chosen]!, sizes[chosen]!, 0.001] },
        position: [...goal, 0.001],
      },
      {
        ...{ name: 'table', color: [0.34, 0.34, 0.34], material, mass: 0 },
        shape: { kind: 'plane' },
      },
      ...rim().map((plane) => ({
        ...plane,
        ...{
          color: [0.3, 0.3, 0.3] as Color,
          material: { restitution: 0, friction: 0 },
          mass: 0,
          visible: false,
        },
        shape: { kind: 'plane' as const },
      })),
    ],
    actuators: (['x', 'y'] as const).map((axis) => ({
      ...{ kind: 'velocity', name: `pusher_${axis}`, body: 'pusher', limit: speed, maxForce: config.force },
      direction: axis === 'x' ? [1, 0, 0] : [0, 1, 0],
    })),
    gravity: [0, 0, -9.81],
    camera: {
      ...{ kind: 'orthographic', position: [0, 0, 4], target: [0, 0, 0], up: [0, 1, 0] },
      height: 2 * REACH,
    },
    light: { direction: [0.4, -0.5, -1], intensity: 0.75, ambient: 0.3 },
    background: [0, 0, 0],
    ...{ dt: config.dt, substeps: config.substeps },
    factors: {
      blocks: config.blocks,
      friction,
      speed,
      chosen,
      ...Object.fromEntries([...sizes].map((size, i) => [`${PALETTE[i]![0]}_size`, size])),
    },
  };
  return parseScene(input);
}

/** The blocks, the pusher and the goal, of which none covers another. */
function placeBlocks(key: Key, sizes: Float32Array, config: PushConfig): Place[] {
  const radii = [...sizes].map((half) => half * Math.SQRT2);
  const half = REACH - MARGIN;
  const places = placeDiscs(
    key,
    [...radii, PUSHER_RADIUS, Math.max(...radii)],
    { halfWidth: half, halfHeight: half },
    0.02,
  );
  if (places) return places;
  throw new Error(
    `scene "push": ${config.blocks} blocks of up to ${config.size[1]} m do not fit on a table of ` +
      `${2 * REACH} m; lower "blocks" or "size"`,
  );
}

/** Walls that end the table, seen edge-on. */
function rim(): { name: string; position: Vec3; quaternion: Quaternion }[] {
  return [
    { name: 'left', position: [-REACH, 0, 0], quaternion: axisAngle([0, 1, 0], Math.PI / 2) },
    { name: 'right', position: [REACH, 0, 0], quaternion: axisAngle([0, 1, 0], -Math.PI / 2) },
    { name: 'near', position: [0, -REACH, 0], quaternion: axisAngle([1, 0, 0], -Math.PI / 2) },
    { name: 'far', position: [0, REACH, 0], quaternion: axisAngle([1, 0, 0], Math.PI / 2) },
  ];
}

/** The block is at the goal, m. */
const ARRIVED = 0.05;
/** The pusher is behind the block where the cosine of its angle to the way to the goal is above this. */
const BEHIND = 0.85;
/** 1/s: how fast it comes back into line with block and goal. */
const ALIGNMENT = 8;
/** How far out of line it may be where it touches the block, m, and how much more for each metre that it is off. */
const TOLERANCE = 0.05;
const FUNNEL = 0.6;
/** Nearer than this to a block, the pusher goes round it, m. */
const NEAR = 0.05;

/**
 * Pushes the chosen block to the goal: goes round blocks to the side away from the goal, then pushes through the block's
 * centre, slowly, so that friction stops it where the pusher does. The key draws how fast it pushes, and how far it
 * keeps from blocks that it goes round.
 */
function pushToGoal(scene: Scene, key: Key): Controller {
  const flat = ([x, y]: Vec3): Place => [x, y];
  const goal = flat(scene.bodies[bodyIndex(scene, 'goal')]!.position);
  const pusher = bodyIndex(scene, 'pusher');
  const clearance = uniformScalar(foldIn(key, 1), 0.015, 0.03);
  const blocks = scene.bodies.flatMap(({ shape, mass }, index) =>
    shape.kind === 'box' && mass > 0
      ? [
          {
            index,
            half: shape.halfExtents[0],
            reach: shape.halfExtents[0] * Math.SQRT2 + PUSHER_RADIUS + clearance,
          },
        ]
      : [],
  );
  const chosen = blocks[scene.factors['chosen']!]!;
  const speed = scene.actuators[0]!.limit;
  const pace = speed * uniformScalar(foldIn(key, 0), 0.35, 0.5);

  return (state) => {
    const [me, block] = [flat(positionAt(state, pusher)), flat(positionAt(state, chosen.index))];
    const toGoal = minus(goal, block);
    const distance = norm(toGoal);
    const out = minus(me, block);
    // Done: leave the block alone.
    if (distance < ARRIVED)
      return act(norm(out) < chosen.reach ? times(out, 0.3 / norm(out)) : [0, 0], speed);

    const ahead = times(toGoal, 1 / distance);
    const along = out[0] * ahead[0] + out[1] * ahead[1];
    const aside = minus(out, times(ahead, along));
    const isBehind = -along > BEHIND * norm(out);
    let wanted: Place;
    if (isBehind) {
      const { gap, normal } = contactWith(state, chosen, out);
      // A funnel: what is out of line draws back from the block, which it would drag along, and comes in line there.
      const isInLine = norm(aside) < TOLERANCE + FUNNEL * gap;
      const push = Math.min(gap > NEAR ? speed / 2 : pace, 0.1 + 2 * distance);
      const forward = isInLine ? push : gap < 2 * NEAR ? -speed / 2 : 0;
      wanted = minus(times(ahead, forward), times(aside, ALIGNMENT));
      // Coming into line it slides along the side, and pushes no harder for it.
      const inwards = -(wanted[0] * normal[0] + wanted[1] * normal[1]);
      if (gap < NEAR) wanted = minus(wanted, times(normal, Math.min(push - inwards, 0)));
    } else {
      const stand = minus(block, times(ahead, chosen.reach + NEAR));
      wanted = towards(me, stand, speed);
      wanted = goRound(wanted, out, norm(out) - chosen.reach, ahead);
    }
    for (const other of blocks) {
      if (isBehind || other === chosen) continue;
      const away = minus(me, flat(positionAt(state, other.index)));
      wanted = goRound(wanted, away, norm(away) - other.reach, times(wanted, -1));
    }
    return act(wanted, speed);
  };
}

/** Between the pusher, `out` from the block's middle, and the block: the gap, m, and the normal of the block's side. */
function contactWith(
  state: BodyStates,
  { index, half }: { index: number; half: number },
  out: Place,
): { gap: number; normal: Place } {
  const attitude = quaternionAt(state, index);
  const [x, y] = rotateInverse(attitude, [out[0], out[1], 0]);
  const [a, b] = [Math.max(Math.abs(x) - half, 0), Math.max(Math.abs(y) - half, 0)];
  const distance = Math.max(norm([a, b]), 1e-9);
  const [nx, ny] = rotate(attitude, [(Math.sign(x) * a) / distance, (Math.sign(y) * b) / distance, 0]);
  return { gap: distance - PUSHER_RADIUS, normal: [nx, ny] };
}

const act = ([x, y]: Place, speed: number): number[] => {
  const most = Math.max(Math.abs(x), Math.abs(y), speed);
  return [toAction(x / most), toAction(y / most)];
};

/** At `speed`, slower in the last tenth of a second. */
function towards(me: Place, target: Place, speed: number): Place {
  const way = minus(target, me);
  return times(way, speed / Math.max(norm(way), 0.1 * speed));
}

/** Turns a velocity that leads nearer to a disc aside, along its rim, to the side that is away from `from`. */
function goRound(wanted: Place, out: Place, gap: number, from: Place): Place {
  const [nx, ny] = times(out, 1 / norm(out));
  const outwards = wanted[0] * nx + wanted[1] * ny;
  if (gap > NEAR || outwards >= 0) return wanted;
  const side = nx * from[1] - ny * from[0] > 0 ? -1 : 1;
  const pace = norm(wanted) * side;
  const correction = Math.max(-8 * gap, 0);
  return [-ny * pace + nx * correction, nx * pace + ny * correction];
}

const minus = (a: Place, b: Place): Place => [a[0] - b[0], a[1] - b[1]];
const times = (a: Place, s: number): Place => [a[0] * s, a[1] * s];
const norm = ([x, y]: Place): number => Math.sqrt(x * x + y * y);
