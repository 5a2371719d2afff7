/** Towers of boxes that stand or fall, and piles of boxes that drop onto one another. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, split, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import {
  countRangeSchema,
  drawCount,
  drawFrom,
  rangeSchema,
  timing,
  type SceneDefinition,
} from '../definition.ts';
import { axisAngle } from '../geometry.ts';
import { parseScene } from '../parse.ts';
import type { Quaternion, Vec3 } from '../quantities.ts';
import type { Scene } from '../scene.ts';
import { absent } from './absent.ts';
import { DAYLIGHT, floor, SKY } from './ground.ts';
import { boxMass, pairMaterial } from './material.ts';
import { PALETTE } from './palette.ts';

/** kg/m³, so that boxes weigh 4 to 10 kg: light wood */
const DENSITY = 150;
/** Ranges of a box's width (and depth) and height, m. */
const WIDTH = [0.38, 0.5] as const;
const HEIGHT = [0.2, 0.28] as const;
/** Share of a tower's boxes that are offset to the same side, so that about half of the towers fall. */
const LEANING = 0.9;
/** Free fall of each box of a pile onto the one below, m, if both stayed level. */
const DROP = 0.12;
/** Largest tilt of a box of a pile, rad. */
const TILT = 0.25;

export const stackConfigSchema = z.strictObject({
  /** `tower`: boxes lie on one another; `pile`: turned boxes drop; `either`: each in half of the scenes. */
  arrangement: z.enum(['tower', 'pile', 'either']).default('tower'),
  /** Number of boxes. */
  height: countRangeSchema(3, 5, 1, PALETTE.length),
  /** Bodies in each scene: boxes beyond its height are absent. */
  slots: z.int().min(1).max(PALETTE.length).default(7),
  /** How far each box lies beside the centre of the one below, as a share of their mean width. */
  offset: rangeSchema(0.1, 0.42, 0, 0.6),
  /** Coulomb coefficient of each contact. */
  friction: rangeSchema(0.4, 0.7, 0),
  ...timing(1 / 20, 10),
  shifts: z
    .strictObject({
      height: countRangeSchema(6, 7, 1, PALETTE.length),
      offset: rangeSchema(0.44, 0.48, 0, 0.6),
      friction: rangeSchema(0.1, 0.25, 0),
    })
    .prefault({}),
});
export type StackConfig = z.infer<typeof stackConfigSchema>;

/**
 * A tower's boxes are offset in the plane of the picture. `factors.margin` is the shortest way (m) over which a centre
 * of mass of upper boxes would have to move to pass the edge of what carries them; a tower stands if it is positive
 * (`factors.stable`). Everything falls and comes to rest in view, within about 50 frames.
 */
export const stack: SceneDefinition<StackConfig> = {
  name: 'stack',
  description: 'Towers of boxes that stand or fall, and piles of boxes that drop onto one another',
  config: stackConfigSchema,
  factors: {
    height: { unit: '1', description: 'number of boxes' },
    offset: { unit: '1', description: 'offset of each box from the one below, as a share of their width' },
    friction: { unit: '1', description: 'Coulomb coefficient of each contact' },
  },
  sample: sampleStack,
};

interface Block {
  readonly halfExtents: Vec3;
  readonly offset: number;
  readonly position: Vec3;
  readonly quaternion: Quaternion;
  readonly mass: number;
}

/** @throws where a stack is higher than there are slots */
function sampleStack(key: Key, config: StackConfig): Scene {
  const [heightKey, frictionKey, arrangementKey, blockKey] = split(key, 4) as [Key, Key, Key, Key];
  const height = drawCount(heightKey, config.height);
  if (height > config.slots)
    throw new Error(
      `scene "stack": ${height} boxes in ${config.slots} slots; raise "slots" or lower "height"`,
    );
  const friction = drawFrom(frictionKey, config.friction);
  const pile =
    config.arrangement === 'pile' || (config.arrangement === 'either' && uniformScalar(arrangementKey) < 0.5);
  const material = pairMaterial(0, friction);
  const blocks = sampleBlocks(blockKey, height, config, pile);
  const margin = stabilityMargin(blocks);
  return parseScene({
    name: 'stack',
    bodies: [
      ...blocks.map(({ halfExtents, position, quaternion, mass }, i) => ({
        name: PALETTE[i]![0],
        color: PALETTE[i]![1],
        shape: { kind: 'box' as const, halfExtents },
        ...{ mass, material, position, quaternion },
      })),
      ...PALETTE.slice(height, config.slots).map(absent),
      floor(material, 0.5),
    ],
    gravity: [0, 0, -9.81],
    camera: { kind: 'perspective', position: [0, -7.5, 1.9], target: [0, 0, 0.92], fieldOfView: 23 },
    views: {
      top: { kind: 'orthographic', position: [0, 0, 6], target: [0, 0, 0], up: [0, 1, 0], height: 2.8 },
      side: { kind: 'perspective', position: [7.5, 0, 1.9], target: [0, 0, 0.92], fieldOfView: 23 },
    },
    light: DAYLIGHT,
    background: SKY,
    dt: config.dt,
    substeps: config.substeps,
    factors: {
      height,
      friction,
      pile: pile ? 1 : 0,
      ...(pile ? {} : { margin, stable: margin > 0 ? 1 : 0 }),
      ...Object.fromEntries(blocks.slice(1).map(({ offset }, i) => [`${PALETTE[i + 1]![0]}_offset`, offset])),
    },
  });
}

function sampleBlocks(key: Key, height: number, config: StackConfig, pile: boolean): Block[] {
  const blocks: Block[] = [];
  // A tower leans to one side in the plane of the picture, a pile to any side.
  const lean = uniformScalar(foldIn(key, height)) < 0.5 ? 1 : -1;
  for (let i = 0; i < height; i++) {
    const [widthKey, heightKey, offsetKey, wayKey, turnKey, tiltKey] = split(foldIn(key, i), 6) as Key[];
    const width = uniformScalar(widthKey!, ...WIDTH) / 2;
    const halfExtents: Vec3 = [width, width, uniformScalar(heightKey!, ...HEIGHT) / 2];
    const below = blocks.at(-1);
    const offset = below ? drawFrom(offsetKey!, config.offset) : 0;
    const shift = offset * (width + (below?.halfExtents[0] ?? 0));
    const way = uniformScalar(wayKey!, 0, 2 * Math.PI);
    const [dx, dy] = pile ? [cosine(way), sine(way)] : [way < LEANING * 2 * Math.PI ? lean : -lean, 0];
    const tilt = pile ? uniformScalar(tiltKey!, -TILT, TILT) : 0;
    const turn = pile ? uniformScalar(turnKey!, 0, 2 * Math.PI) : 0;
    const up = reachUp(halfExtents, tilt);
    blocks.push({
      halfExtents,
      offset,
      position: [
        (below?.position[0] ?? 0) + shift * dx,
        (below?.position[1] ?? 0) + shift * dy,
        (below ? topOf(below, pile) : 0) + up + (pile ? DROP : 0),
      ],
      quaternion: tiltedTurn(turn, tilt),
      mass: boxMass(DENSITY, halfExtents),
    });
  }
  return centred(blocks);
}

/** Half of a box's vertical extent when it is tilted about its y axis by an angle, m. */
const reachUp = ([x, , z]: Vec3, tilt: number): number => z * cosine(tilt) + x * Math.abs(sine(tilt));

/** The highest point of a block; of a box in a pile, wherever it turns. */
const topOf = ({ position, halfExtents }: Block, pile: boolean): number =>
  position[2] + (pile ? reachUp(halfExtents, TILT) : halfExtents[2]);

/** A turn about z after a tilt about y. */
function tiltedTurn(turn: number, tilt: number): Quaternion {
  const [, y, , w] = axisAngle([0, 1, 0], tilt);
  const [, , s, c] = axisAngle([0, 0, 1], turn);
  return [-s * y, c * y, s * w, c * w];
}

/** The blocks with their centre of mass above the origin: as much room to fall on each side. */
function centred(blocks: readonly Block[]): Block[] {
  const total = blocks.reduce((sum, { mass }) => sum + mass, 0);
  const [x, y] = [0, 1].map((k) => blocks.reduce((sum, b) => sum + b.mass * b.position[k]!, 0) / total);
  return blocks.map((block) => {
    const [px, py, pz] = block.position;
    return { ...block, position: [px - x!, py - y!, pz] };
  });
}

/**
 * Statics of a tower: the centre of mass of the boxes above each joint must lie over the area in which they touch.
 * @returns m, by how much the worst of them does; negative where the tower falls
 */
function stabilityMargin(blocks: readonly Block[]): number {
  let [mass, moment, margin] = [0, 0, Infinity];
  for (let i = blocks.length - 1; i > 0; i--) {
    const [upper, lower] = [blocks[i]!, blocks[i - 1]!];
    mass += upper.mass;
    moment += upper.mass * upper.position[0];
    const edges = [lower, upper].map(({ position, halfExtents }) => [
      position[0] - halfExtents[0],
      position[0] + halfExtents[0],
    ]);
    const [left, right] = [Math.max(edges[0]![0]!, edges[1]![0]!), Math.min(edges[0]![1]!, edges[1]![1]!)];
    margin = Math.min(margin, moment / mass - left, right - moment / mass);
  }
  return blocks.length === 1 ? blocks[0]!.halfExtents[0] : margin;
}
