/** A ball, a box or a capsule goes down an incline, runs out on the floor and hits a block. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import { axisAngle } from '../geometry.ts';
import { parseScene } from '../parse.ts';
import type { Quaternion, Vec3 } from '../quantities.ts';
import type { Scene, Shape } from '../scene.ts';
import { DAYLIGHT, floor, obstacle, SKY } from './ground.ts';
import { ballMass, boxMass, capsuleMass, pairMaterial } from './material.ts';
import { PALETTE, turning } from './palette.ts';

/** kg/m³: the slider weighs 10 to 18 kg */
const DENSITY = 200;
/** Half extents of the incline, m. Its upper face ends on the floor at x = FOOT. */
const INCLINE: Vec3 = [1.1, 0.5, 0.12];
const FOOT = -0.3;
/** Half extents of the block that is hit, m; and of the wall that ends the floor. */
const BLOCK: Vec3 = [0.22, 0.22, 0.28];
const WALL: Vec3 = [0.08, 0.6, 0.4];
const WALL_AT = 1.8;
const SHAPES = ['sphere', 'box', 'capsule'] as const;

export const rampConfigSchema = z.strictObject({
  /** What goes down: each of these in an equal share of the scenes. */
  shapes: z
    .array(z.enum(SHAPES))
    .min(1)
    .default([...SHAPES]),
  /** Angle of the incline, rad. */
  angle: rangeSchema(0.35, 0.6, 0.05, 1.2),
  /** Way along the incline from the slider's start to the foot, m. */
  distance: rangeSchema(1.2, 1.8, 0.4, 1.9),
  /** Mass of the block on the floor as a multiple of the slider's. */
  mass: rangeSchema(0.3, 1.2, 0.001),
  /** Coulomb coefficient of each contact; a box slides where it is less than the tangent of the angle. */
  friction: rangeSchema(0.1, 0.3, 0),
  ...timing(1 / 30, 8),
  shifts: z
    .strictObject({
      angle: rangeSchema(0.65, 0.75, 0.05, 1.2),
      distance: rangeSchema(0.7, 1.05, 0.4, 1.9),
      mass: rangeSchema(2, 4, 0.001),
      friction: rangeSchema(0.4, 0.6, 0),
    })
    .prefault({}),
});
export type RampConfig = z.infer<typeof rampConfigSchema>;

/** A wall at the right keeps what is hit in view. Boxes stay where friction holds them (shifted friction). */
export const ramp: SceneDefinition<RampConfig> = {
  name: 'ramp',
  description: 'A ball, box or capsule goes down an incline, runs out on the floor and hits a block',
  config: rampConfigSchema,
  factors: {
    angle: { unit: 'rad', description: 'angle of the incline' },
    distance: { unit: 'm', description: 'way along the incline to its foot' },
    mass: { unit: '1', description: 'mass of the block as a multiple of that of what hits it' },
    friction: { unit: '1', description: 'Coulomb coefficient of each contact' },
  },
  sample: sampleRamp,
};

function sampleRamp(key: Key, config: RampConfig): Scene {
  const angle = drawFrom(foldIn(key, 0), config.angle);
  const distance = drawFrom(foldIn(key, 1), config.distance);
  const ratio = drawFrom(foldIn(key, 2), config.mass);
  const friction = drawFrom(foldIn(key, 3), config.friction);
  const kind = config.shapes[Math.floor(uniformScalar(foldIn(key, 4)) * config.shapes.length)]!;
  const size = uniformScalar(foldIn(key, 5), 0.85, 1.1);
  const gap = uniformScalar(foldIn(key, 6), 0.6, 0.9);
  const slider = sliders[kind](size);
  const material = pairMaterial(0.2, friction);
  // About +y, so that the incline falls towards +x.
  const tilt = axisAngle([0, 1, 0], angle);
  const onIncline = (along: number, above: number): Vec3 => [
    FOOT - along * cosine(angle) + above * sine(angle),
    0,
    along * sine(angle) + above * cosine(angle),
  ];
  return parseScene({
    name: 'ramp',
    bodies: [
      {
        name: PALETTE[0]![0],
        ...turning(PALETTE[0]![1], 0.22),
        shape: slider.shape,
        mass: slider.mass,
        material,
        position: onIncline(distance, slider.height),
        quaternion: kind === 'box' ? tilt : slider.quaternion,
      },
      {
        name: PALETTE[2]![0],
        color: PALETTE[2]![1],
        shape: { kind: 'box', halfExtents: BLOCK },
        mass: ratio * slider.mass,
        material,
        position: [FOOT + gap + BLOCK[0], 0, BLOCK[2]],
      },
      {
        ...obstacle('incline', material, INCLINE, onIncline(INCLINE[0], -INCLINE[2])),
        quaternion: tilt,
        color: [0.33, 0.33, 0.34],
      },
      obstacle('wall', material, WALL, [WALL_AT + WALL[0], 0, WALL[2]]),
      floor(material, 0.5),
    ],
    gravity: [0, 0, -9.81],
    camera: { kind: 'perspective', position: [2.6, -7.6, 2.6], target: [-0.1, 0, 0.5], fieldOfView: 31 },
    views: {
      side: { kind: 'orthographic', position: [-0.12, -8, 1.5], target: [-0.12, 0, 1.5], height: 4.4 },
    },
    light: DAYLIGHT,
    background: SKY,
    dt: config.dt,
    substeps: config.substeps,
    factors: { angle, distance, mass: ratio, friction, shape: SHAPES.indexOf(kind), size },
  });
}

interface Slider {
  readonly shape: Shape;
  readonly mass: number;
  /** Of the centre above the incline, m. */
  readonly height: number;
  readonly quaternion: Quaternion;
}

const LEVEL: Quaternion = [0, 0, 0, 1];
/** By kind, of a size around 1. The capsule lies across the incline and rolls. */
const sliders: Readonly<Record<(typeof SHAPES)[number], (size: number) => Slider>> = {
  sphere: (size) => {
    const radius = 0.25 * size;
    const shape = { kind: 'sphere' as const, radius };
    return { shape, mass: ballMass(DENSITY, radius), height: radius, quaternion: LEVEL };
  },
  box: (size) => {
    const halfExtents: Vec3 = [0.24 * size, 0.22 * size, 0.2 * size];
    const shape = { kind: 'box' as const, halfExtents };
    return { shape, mass: boxMass(DENSITY, halfExtents), height: halfExtents[2], quaternion: LEVEL };
  },
  capsule: (size) => {
    const [radius, halfLength] = [0.21 * size, 0.2 * size];
    const shape = { kind: 'capsule' as const, radius, halfLength };
    const mass = capsuleMass(DENSITY, radius, halfLength);
    return { shape, mass, height: radius, quaternion: axisAngle([1, 0, 0], Math.PI / 2) };
  },
};
