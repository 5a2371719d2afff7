/** Scenes of a few bodies for tests that compare the simulation with closed-form mechanics. */
import { axisAngle, parseScene, rotate, type Quaternion, type Scene, type SceneInput } from '@orrery/scene';
import type { Trajectory } from './trajectory.ts';

type BodyInput = SceneInput['bodies'][number];
export type Piece = Pick<BodyInput, 'shape' | 'mass'> & Partial<BodyInput>;

export interface Setting {
  readonly restitution?: number;
  readonly friction?: number;
  readonly gravity?: number;
  readonly dt?: number;
  readonly substeps?: number;
}

/**
 * A scene in which every contact has the given restitution and friction; gravity points down, 9.81 m/s². Bodies are
 * called "body 0", "body 1", ... unless they have names.
 * @param rest what else the scene has: joints, fields, actuators
 */
export function mechanics(
  pieces: readonly Piece[],
  setting: Setting = {},
  rest: Partial<SceneInput> = {},
): Scene {
  const { restitution = 1, friction = 0, gravity = 9.81, dt = 1 / 60, substeps = 4 } = setting;
  return parseScene({
    name: 'mechanics',
    bodies: pieces.map((piece, i) => ({
      name: `body ${i}`,
      material: { restitution: Math.sqrt(restitution), friction },
      color: [0.5, 0.5, 0.5],
      ...piece,
    })),
    gravity: [0, 0, -gravity],
    camera: { kind: 'orthographic', position: [0, -5, 0], target: [0, 0, 0], height: 4 },
    light: { direction: [0, 1, -1], intensity: 1, ambient: 0.2 },
    background: [0, 0, 0],
    dt,
    substeps,
    ...rest,
  });
}

export const floor: Piece = { shape: { kind: 'plane' }, mass: 0 };
export const ball = (radius: number, mass: number, rest: Partial<BodyInput> = {}): Piece => ({
  shape: { kind: 'sphere', radius },
  mass,
  ...rest,
});
export const box = (
  halfExtents: [number, number, number],
  mass: number,
  rest: Partial<BodyInput> = {},
): Piece => ({
  shape: { kind: 'box', halfExtents },
  mass,
  ...rest,
});

/** Along local z. */
export const capsule = (
  radius: number,
  halfLength: number,
  mass: number,
  rest: Partial<BodyInput> = {},
): Piece => ({
  shape: { kind: 'capsule', radius, halfLength },
  mass,
  ...rest,
});

/** A plane through the origin that falls by `angle` (rad) towards +x, and what lies on it at height `h` above it. */
export function incline(angle: number): {
  plane: Piece;
  turned: Quaternion;
  at: (h: number) => [number, number, number];
} {
  const turned = axisAngle([0, 1, 0], angle);
  return { plane: { ...floor, quaternion: turned }, turned, at: (h) => rotate(turned, [0, 0, h]) };
}

export type Vector = [number, number, number];
const element = (array: Float64Array, t: Trajectory, frame: number, body: number): Vector => {
  const at = 3 * ((frame < 0 ? t.frames + frame : frame) * t.bodies + body);
  return [array[at]!, array[at + 1]!, array[at + 2]!];
};
/** Of one body in one frame; negative frames count from the end. */
export const positionOf = (t: Trajectory, frame: number, body: number): Vector =>
  element(t.position, t, frame, body);
export const velocityOf = (t: Trajectory, frame: number, body: number): Vector =>
  element(t.velocity, t, frame, body);
export const spinOf = (t: Trajectory, frame: number, body: number): Vector =>
  element(t.angularVelocity, t, frame, body);

/** The largest growth of energy from one frame to the next, as a share of the initial energy. */
export function largestGain(t: Trajectory): number {
  let gain = -Infinity;
  for (let f = 1; f < t.frames; f++) gain = Math.max(gain, t.energy[f]! - t.energy[f - 1]!);
  return gain / Math.abs(t.energy[0]!);
}
