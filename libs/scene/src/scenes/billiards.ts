/** Billiards from above: one ball is shot at others that lie still, in a rack or scattered. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, split, uniform, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Color, Vec3 } from '../quantities.ts';
import type { Scene } from '../scene.ts';
import { ballMass } from './material.ts';
import { PALETTE, turning } from './palette.ts';
import { placeDiscs, type Place } from './placement.ts';

/** Width and height of the cloth, m: a square with balls that are large for it, so that 64 pixels show them. */
const CLOTH = 1;
const CUSHION = 0.06;
/** kg/m³: phenolic resin */
const DENSITY = 1700;
/** Coefficient between balls; that of the cloth follows from it and the configured one. */
const BALL_FRICTION = 0.05;
/** Free space between the balls of a rack as a share of the radius: no break is quite like another. */
const RACK_GAP = 0.05;
const CLEARANCE = 0.01;
/** How far beside the centre of its aim a ball may be shot, in radii. */
const AIM = 1;

export const billiardsConfigSchema = z.strictObject({
  /** Number of balls, the shot one included. */
  balls: z.int().min(2).max(10).default(4),
  /** `break`: into a rack; `scatter`: at one of the scattered balls; `either`: each in half of the scenes. */
  shot: z.enum(['break', 'scatter', 'either']).default('either'),
  /** Of all balls of a scene, m. */
  radius: rangeSchema(0.055, 0.07, 0.01),
  /** Speed of the shot, m/s. The ball starts without spin and takes up rolling where there is friction. */
  speed: rangeSchema(1, 2.5, 0),
  /** Restitution between balls and with cushions. */
  restitution: rangeSchema(0.9, 0.97, 0, 1),
  /** Coulomb coefficient between ball and cloth: sliding balls lose speed until they roll; 0 turns all friction off. */
  friction: rangeSchema(0.1, 0.25, 0),
  ...timing(1 / 30, 8),
  shifts: z
    .strictObject({
      radius: rangeSchema(0.08, 0.09, 0.01),
      speed: rangeSchema(3, 4, 0),
      restitution: rangeSchema(0.6, 0.75, 0, 1),
      friction: rangeSchema(0.35, 0.5, 0),
    })
    .prefault({}),
});
export type BilliardsConfig = z.infer<typeof billiardsConfigSchema>;

/** The cushions keep all balls in view. There is no rolling resistance: rolling balls lose speed at impacts only. */
export const billiards: SceneDefinition<BilliardsConfig> = {
  name: 'billiards',
  description:
    'Billiards from above: a shot into a rack or at scattered balls; balls slide, roll and rebound',
  config: billiardsConfigSchema,
  factors: {
    radius: { unit: 'm', description: 'radius of the balls' },
    speed: { unit: 'm/s', description: 'speed of the shot' },
    restitution: { unit: '1', description: 'restitution between balls and with cushions' },
    friction: { unit: '1', description: 'Coulomb coefficient between ball and cloth' },
  },
  sample: sampleBilliards,
};

/** @throws where the balls do not fit on the cloth */
function sampleBilliards(key: Key, config: BilliardsConfig): Scene {
  const radius = drawFrom(foldIn(key, 0), config.radius);
  const speed = drawFrom(foldIn(key, 1), config.speed);
  const restitution = drawFrom(foldIn(key, 2), config.restitution);
  const friction = drawFrom(foldIn(key, 3), config.friction);
  const rack = config.shot === 'break' || (config.shot === 'either' && uniformScalar(foldIn(key, 4)) < 0.5);
  const places = rack
    ? rackedBalls(foldIn(key, 5), config.balls, radius)
    : placeDiscs(
        foldIn(key, 5),
        new Float64Array(config.balls).fill(radius),
        { halfWidth: CLOTH / 2, halfHeight: CLOTH / 2 },
        CLEARANCE,
      );
  if (!places)
    throw new Error(
      `scene "billiards": ${config.balls} balls of ${radius} m do not fit on a cloth of ${CLOTH} m; ` +
        'lower "balls" or "radius"',
    );
  const aim = aimAt(foldIn(key, 6), places[0]!, places[1]!, radius);
  return parseScene({
    name: 'billiards',
    bodies: [
      ...places.map(([x, y], i) => ({
        name: PALETTE[i]![0],
        ...turning(PALETTE[i]![1], radius),
        shape: { kind: 'sphere' as const, radius },
        mass: ballMass(DENSITY, radius),
        material: { restitution: Math.sqrt(restitution), friction: friction === 0 ? 0 : BALL_FRICTION },
        position: [x, y, radius] as Vec3,
        velocity: (i === 0 ? [speed * aim[0], speed * aim[1], 0] : [0, 0, 0]) as Vec3,
      })),
      {
        name: 'cloth',
        shape: { kind: 'plane' },
        mass: 0,
        // The geometric mean of both is the configured coefficient.
        material: { restitution: 0, friction: (friction * friction) / BALL_FRICTION },
        color: [0.3, 0.33, 0.31],
      },
      ...cushions(Math.sqrt(restitution), radius),
    ],
    gravity: [0, 0, -9.81],
    camera: {
      kind: 'orthographic',
      position: [0, 0, 4],
      target: [0, 0, 0],
      up: [0, 1, 0],
      height: CLOTH + 2 * CUSHION,
    },
    views: {
      corner: { kind: 'perspective', position: [1.1, -1.5, 1.5], target: [0, 0, 0], fieldOfView: 38 },
    },
    light: { direction: [0.5, -0.35, -1], intensity: 0.8, ambient: 0.3 },
    background: [0.02, 0.02, 0.02],
    dt: config.dt,
    substeps: config.substeps,
    factors: { balls: config.balls, break: rack ? 1 : 0, radius, speed, restitution, friction },
  });
}

/** Boxes around the cloth, as high as the balls, without friction: a ball leaves them as it came, mirrored. */
function cushions(restitution: number, radius: number) {
  const [reach, half] = [CLOTH / 2 + CUSHION / 2, CLOTH / 2 + CUSHION];
  const place = (name: string, x: number, y: number, halfExtents: Vec3) => ({
    name,
    shape: { kind: 'box' as const, halfExtents },
    mass: 0,
    material: { restitution, friction: 0 },
    position: [x, y, radius] as Vec3,
    color: [0.12, 0.11, 0.11] as Color,
  });
  return [
    place('left', -reach, 0, [CUSHION / 2, half, radius]),
    place('right', reach, 0, [CUSHION / 2, half, radius]),
    place('near', 0, -reach, [half, CUSHION / 2, radius]),
    place('far', 0, reach, [half, CUSHION / 2, radius]),
  ];
}

/** The shot ball and a triangle of the others before it, turned by a multiple of 90 degrees. */
function rackedBalls(key: Key, balls: number, radius: number): Place[] | undefined {
  const [gapKey, startKey, turnKey] = split(key, 3) as [Key, Key, Key];
  const gaps = uniform(gapKey, 2 * balls, 0, RACK_GAP / 2);
  const pitch = radius * (1 + RACK_GAP);
  const places: Place[] = [[-0.3 * CLOTH, uniformScalar(startKey, -0.25, 0.25) * CLOTH]];
  for (let row = 0; places.length < balls; row++)
    for (let i = 0; i <= row && places.length < balls; i++) {
      const at = 2 * places.length;
      places.push([
        0.05 * CLOTH + row * Math.sqrt(3) * pitch + gaps[at]! * radius,
        (2 * i - row) * pitch + gaps[at + 1]! * radius,
      ]);
    }
  if (places.some(([x, y]) => Math.max(Math.abs(x), Math.abs(y)) > CLOTH / 2 - radius)) return undefined;
  const turns = Math.floor(4 * uniformScalar(turnKey));
  return places.map((place) => {
    let [x, y] = place;
    for (let i = 0; i < turns; i++) [x, y] = [-y, x];
    return [x, y];
  });
}

/** Unit vector from a ball towards another, or up to `AIM` radii beside its centre. */
function aimAt(key: Key, [x, y]: Place, [tx, ty]: Place, radius: number): Place {
  const [dx, dy] = [tx - x, ty - y];
  const distance = Math.sqrt(dx * dx + dy * dy);
  // Small angles: the offset over the distance is the sine of the angle, near enough for a draw.
  const angle = (uniformScalar(key, -AIM, AIM) * radius) / distance;
  const [c, s] = [cosine(angle) / distance, sine(angle) / distance];
  return [dx * c - dy * s, dx * s + dy * c];
}
