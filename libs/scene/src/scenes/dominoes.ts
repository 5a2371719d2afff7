/** A row of dominoes, toppled by a ball or by a push. */
import { foldIn, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import {
  countRangeSchema,
  drawCount,
  drawFrom,
  rangeSchema,
  timing,
  type SceneDefinition,
} from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Vec3 } from '../quantities.ts';
import type { Scene } from '../scene.ts';
import { absent } from './absent.ts';
import { DAYLIGHT, floor, SKY } from './ground.ts';
import { ballMass, boxMass, pairMaterial } from './material.ts';
import { PALETTE, turning } from './palette.ts';

/** Half extents of a domino (thickness, width, height), m: large ones, so that 64 pixels show them. */
const DOMINO: Vec3 = [0.06, 0.22, 0.35];
/** kg/m³: hard wood */
const DENSITY = 700;
const BALL = 0.2;
/** From the ball's surface to the first domino, m. */
const RUN_UP = 0.15;

export const dominoesConfigSchema = z.strictObject({
  /** `ball`: one rolls into the row; `push`: the first domino starts to tip; `either`: each in half of the scenes. */
  trigger: z.enum(['ball', 'push', 'either']).default('either'),
  /** Number of dominoes. */
  count: countRangeSchema(3, 5, 1, PALETTE.length - 1),
  /** Dominoes in each scene: those beyond its count are absent, and so is the ball where nothing rolls. */
  slots: z
    .int()
    .min(1)
    .max(PALETTE.length - 1)
    .default(7),
  /** From the centre of one domino to that of the next, m; they are 0.7 m high and 0.12 m thick. */
  spacing: rangeSchema(0.26, 0.36, 0.13),
  /** Speed of the ball, or of the upper edge of the pushed domino, m/s. */
  speed: rangeSchema(1.2, 2, 0),
  /** Coulomb coefficient of each contact. */
  friction: rangeSchema(0.3, 0.5, 0),
  ...timing(1 / 30, 8),
  shifts: z
    .strictObject({
      count: countRangeSchema(6, 7, 1, PALETTE.length - 1),
      spacing: rangeSchema(0.4, 0.44, 0.13),
      speed: rangeSchema(2.5, 3.5, 0),
      friction: rangeSchema(0.6, 0.8, 0),
    })
    .prefault({}),
});
export type DominoesConfig = z.infer<typeof dominoesConfigSchema>;

/** The row falls within about 60 frames, to the right in half of the scenes and to the left in the others, in view. */
export const dominoes: SceneDefinition<DominoesConfig> = {
  name: 'dominoes',
  description: 'A row of dominoes, toppled by a rolling ball or by a push',
  config: dominoesConfigSchema,
  factors: {
    count: { unit: '1', description: 'number of dominoes' },
    spacing: { unit: 'm', description: 'distance from one domino to the next' },
    speed: { unit: 'm/s', description: 'speed of the ball, or of the upper edge of the pushed domino' },
    friction: { unit: '1', description: 'Coulomb coefficient of each contact' },
  },
  sample: sampleDominoes,
};

/** @throws where a row is longer than there are slots */
function sampleDominoes(key: Key, config: DominoesConfig): Scene {
  const count = drawCount(foldIn(key, 0), config.count);
  if (count > config.slots)
    throw new Error(
      `scene "dominoes": ${count} dominoes in ${config.slots} slots; raise "slots" or lower "count"`,
    );
  const spacing = drawFrom(foldIn(key, 1), config.spacing);
  const speed = drawFrom(foldIn(key, 2), config.speed);
  const friction = drawFrom(foldIn(key, 3), config.friction);
  const withBall =
    config.trigger === 'ball' || (config.trigger === 'either' && uniformScalar(foldIn(key, 4)) < 0.5);
  const way = uniformScalar(foldIn(key, 5)) < 0.5 ? 1 : -1;
  const material = pairMaterial(0.1, friction);
  const row = (count - 1) * spacing;
  const at = (along: number, height: number): Vec3 => [way * (along - row / 2), 0, height];
  // A rigid tip about the lower edge: the upper edge moves at `speed`, the centre at half of that.
  const tip = withBall ? 0 : (way * speed) / (2 * DOMINO[2]);
  return parseScene({
    name: 'dominoes',
    bodies: [
      withBall
        ? {
            name: PALETTE[0]![0],
            ...turning(PALETTE[0]![1], BALL),
            shape: { kind: 'sphere', radius: BALL },
            mass: ballMass(DENSITY, BALL),
            material,
            position: at(-DOMINO[0] - RUN_UP - BALL, BALL),
            velocity: [way * speed, 0, 0],
            // It rolls: its lowest point rests.
            angularVelocity: [0, (way * speed) / BALL, 0],
          }
        : absent(PALETTE[0]!),
      ...Array.from({ length: count }, (_, i) => ({
        name: PALETTE[i + 1]![0],
        color: PALETTE[i + 1]![1],
        shape: { kind: 'box' as const, halfExtents: DOMINO },
        mass: boxMass(DENSITY, DOMINO),
        material,
        position: at(i * spacing, DOMINO[2]),
        velocity: (i === 0 ? [tip * DOMINO[2], 0, way * tip * DOMINO[0]] : [0, 0, 0]) as Vec3,
        angularVelocity: (i === 0 ? [0, tip, 0] : [0, 0, 0]) as Vec3,
      })),
      ...PALETTE.slice(count + 1, config.slots + 1).map(absent),
      floor(material, 0.5),
    ],
    gravity: [0, 0, -9.81],
    camera: { kind: 'perspective', position: [2.4, -5.6, 2.6], target: [0, 0, 0.2], fieldOfView: 29 },
    views: {
      side: { kind: 'orthographic', position: [0, -6, 1.2], target: [0, 0, 1.2], height: 3.8 },
      top: { kind: 'orthographic', position: [0, 0, 6], target: [0, 0, 0], up: [0, 1, 0], height: 3.8 },
    },
    light: DAYLIGHT,
    background: SKY,
    dt: config.dt,
    substeps: config.substeps,
    factors: { count, spacing, speed, friction, ball: withBall ? 1 : 0, direction: way },
  });
}
