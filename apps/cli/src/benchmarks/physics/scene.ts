/** Scenes of a few bodies in which every pair has the same restitution and friction. */
import { axisAngle, parseScene, rotate, type Quaternion, type Scene, type SceneInput } from '@orrery/scene';

type BodyInput = SceneInput['bodies'][number];
export type Piece = Pick<BodyInput, 'shape' | 'mass'> & Partial<BodyInput>;

export interface Setting {
  readonly restitution?: number;
  readonly friction?: number;
  /** m/s², downwards */
  readonly gravity?: number;
  /** s */
  readonly dt?: number;
  readonly substeps?: number;
  readonly joints?: SceneInput['joints'];
}

export const g = 9.81;

export function mechanics(pieces: readonly Piece[], setting: Setting = {}): Scene {
  const { restitution = 0, friction = 0, gravity = g, dt = 1 / 60, substeps = 1, joints = [] } = setting;
  return parseScene({
    name: 'benchmark',
    bodies: pieces.map((piece, i) => ({
      name: `body ${i}`,
      material: { restitution: Math.sqrt(restitution), friction },
      color: [0.5, 0.5, 0.5],
      ...piece,
    })),
    joints,
    gravity: [0, 0, -gravity],
    camera: { kind: 'orthographic', position: [0, -5, 0], target: [0, 0, 0], height: 4 },
    light: { direction: [0, 1, -1], intensity: 1, ambient: 0.2 },
    background: [0, 0, 0],
    dt,
    substeps,
  });
}

export const floor: Piece = { shape: { kind: 'plane' }, mass: 0 };

export const ball = (radius: number, mass: number, rest: Partial<BodyInput> = {}): Piece => ({
  ...{ shape: { kind: 'sphere', radius }, mass },
  ...rest,
});

export const box = (
  halfExtents: [number, number, number],
  mass: number,
  rest: Partial<BodyInput> = {},
): Piece => ({ ...{ shape: { kind: 'box', halfExtents }, mass }, ...rest });

export const capsule = (
  radius: number,
  halfLength: number,
  mass: number,
  rest: Partial<BodyInput> = {},
): Piece => ({ ...{ shape: { kind: 'capsule', radius, halfLength }, mass }, ...rest });

/** A plane through the origin that falls by `angle` (rad) towards +x, and what lies on it at height `h` above it. */
export function incline(angle: number): {
  readonly plane: Piece;
  readonly turned: Quaternion;
  readonly at: (h: number) => [number, number, number];
} {
  const turned = axisAngle([0, 1, 0], angle);
  return { plane: { ...floor, quaternion: turned }, turned, at: (h) => rotate(turned, [0, 0, h]) };
}
