/** Rods and bobs that hang from the world or from each other, in the plane of the picture. */
import { cosine, sine } from '@orrery/numerics';
import { axisAngle } from '../geometry.ts';
import type { Vec3 } from '../quantities.ts';
import type { SceneInput } from '../scene.ts';
import { frontCamera } from './front.ts';
import { SKY } from './ground.ts';
import { ballRadius } from './material.ts';
import { PALETTE } from './palette.ts';

/** The pivot in the world, m: all hang from it. */
const PIVOT: Vec3 = [0, 0, 0];
const ROD = { radius: 0.055, mass: 0.1 };
/** kg/m³: a bob of 1 kg has a radius of 0.15 m. */
const BOB_DENSITY = 70;

interface Arm {
  readonly bodies: SceneInput['bodies'];
  readonly joints: NonNullable<SceneInput['joints']>;
  /** Name and position of the bob, from which another arm may hang. */
  readonly bob: string;
  readonly end: Vec3;
}

export interface ArmInput {
  /** 0 for the arm that hangs from the pivot, 1 for the one below it. */
  readonly index: 0 | 1;
  /** What it hangs from; undefined is the pivot. */
  readonly from: Arm | undefined;
  /** m */
  readonly length: number;
  /** From the vertical, right-handed about -y: positive to the right in the picture, rad. */
  readonly angle: number;
  /** Of the bob, kg */
  readonly mass: number;
}

/** A rod that turns about where it hangs, and a bob on a bearing at its other end. They touch nothing. */
export function rodAndBob({ index, from, length, angle, mass }: ArmInput): Arm {
  const start = from?.end ?? PIVOT;
  const along: Vec3 = [sine(angle), 0, -cosine(angle)];
  const at = (distance: number): Vec3 => [start[0] + distance * along[0], 0, start[2] + distance * along[2]];
  const [rodName, rodColor] = PALETTE[2 * index]!;
  const [bobName, bobColor] = PALETTE[2 * index + 1]!;
  const shared = { material: { restitution: 0, friction: 0 }, collides: false };
  const hinge = { kind: 'hinge' as const, axis: [0, 1, 0] as Vec3 };
  return {
    bodies: [
      {
        ...shared,
        name: rodName,
        color: rodColor,
        shape: { kind: 'capsule', radius: ROD.radius, halfLength: length / 2 },
        mass: ROD.mass,
        position: at(length / 2),
        // Its z axis points up to where it hangs.
        quaternion: axisAngle([0, 1, 0], -angle),
      },
      {
        ...shared,
        name: bobName,
        color: bobColor,
        shape: { kind: 'sphere', radius: ballRadius(BOB_DENSITY, mass) },
        mass,
        position: at(length),
      },
    ],
    joints: [
      {
        ...hinge,
        name: `${from?.bob ?? 'pivot'}-${rodName}`,
        bodyA: from?.bob ?? null,
        bodyB: rodName,
        anchorA: from ? [0, 0, 0] : PIVOT,
        anchorB: [0, 0, length / 2],
      },
      {
        ...hinge,
        name: `${rodName}-${bobName}`,
        bodyA: rodName,
        bodyB: bobName,
        anchorA: [0, 0, -length / 2],
      },
    ],
    bob: bobName,
    end: at(length),
  };
}

/** Shows where all hang from, behind the rods. */
export const pivotMark = {
  name: 'pivot',
  shape: { kind: 'sphere' as const, radius: 0.1 },
  mass: 0,
  material: { restitution: 0, friction: 0 },
  position: [PIVOT[0], 0.2, PIVOT[2]] as Vec3,
  color: [0.08, 0.08, 0.08] as Vec3,
  collides: false,
};

/** @param height of the view around the pivot, m */
export const hangingView = (height: number) => ({
  camera: frontCamera(PIVOT[0], PIVOT[2], height),
  light: { direction: [0.35, 1, -0.55] as Vec3, intensity: 0.6, ambient: 0.45, shadows: false },
  background: SKY,
});
