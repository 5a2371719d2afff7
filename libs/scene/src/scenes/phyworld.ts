/**
 * What the scenes of PhyWorld (Kang et al., "How far is video generation from world model", 2024) have in common: a
 * world of 10 m x 10 m seen from the front, discs on white, ten frames a second, clips of 32 frames. Sizes, ranges and
 * out-of-distribution ranges are theirs; their low ranges (r 0.3 to 0.6 m, v up to 0.8 m/s) fit into `shifts` too.
 * Frame k is at k dt here and one hundredth of a second later there; collisions of theirs below 1 m/s are inelastic.
 */
import { rangeSchema, timing } from '../definition.ts';
import type { Vec3 } from '../quantities.ts';
import type { SceneInput } from '../scene.ts';
import { frontCamera, IN_PLANE } from './front.ts';
import { PALETTE } from './palette.ts';

/** Width and height of the world, whose lower left corner is the origin, m. */
export const WORLD = 10;

/** Balls shaded a little on white, without a ground. */
export const phyWorldView = {
  camera: frontCamera(WORLD / 2, WORLD / 2, WORLD),
  light: { direction: [0.4, 1, -0.6], intensity: 0.35, ambient: 0.65, shadows: false },
  background: [1, 1, 1],
} satisfies Partial<SceneInput>;

/** The factors that all three have. */
export const phyWorldFactors = {
  radius: { unit: 'm', description: 'radius of each ball' },
  speed: { unit: 'm/s', description: 'speed of each ball at the start' },
};

/** The settings that `uniform` and `parabola` share. */
export const flightSettings = {
  /** m */
  radius: rangeSchema(0.7, 1.4, 0.01),
  /** Speed at the start, to the right, m/s. */
  speed: rangeSchema(1, 4, 0),
  ...timing(0.1, 1),
};
export const flightShifts = { radius: rangeSchema(1.5, 2, 0.01), speed: rangeSchema(4.5, 6, 0) };
/** Frames for which a ball stays in view where the world is wide enough: those that PhyWorld plans with. */
export const FLIGHT_FRAMES = 24;

/** A disc's mass grows with its area: that of PhyWorld's metrics, r² (kg, with r in m). */
export const discMass = (radius: number): number => radius * radius;

/** A ball of the `index`-th colour in the plane of the picture. */
export function disc(index: number, radius: number, place: readonly [number, number], speed: number) {
  const [name, color] = PALETTE[index]!;
  return {
    name,
    color,
    shape: { kind: 'sphere' as const, radius },
    mass: discMass(radius),
    position: [place[0], 0, place[1]] as Vec3,
    velocity: [speed, 0, 0] as Vec3,
    ...IN_PLANE,
  };
}
