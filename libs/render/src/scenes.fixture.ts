/** Scenes for tests: balls before a wall, and a room with boxes. */
import { sceneSchema, type Camera, type Scene, type SceneInput, type Vec3 } from '@orrery/scene';
import type { Poses } from './frame.ts';

type BodyInput = SceneInput['bodies'][number];

const material = { restitution: 1, friction: 0 };
const half = Math.SQRT1_2;

export function sphere(
  name: string,
  radius: number,
  position: Vec3,
  more: Partial<BodyInput> = {},
): BodyInput {
  return {
    ...{ name, position, material, mass: 1, color: [0.8, 0.1, 0.05], shape: { kind: 'sphere', radius } },
    ...more,
  };
}

export function box(
  name: string,
  halfExtents: Vec3,
  position: Vec3,
  more: Partial<BodyInput> = {},
): BodyInput {
  return {
    ...{ name, position, material, mass: 1, color: [0.1, 0.5, 0.8], shape: { kind: 'box', halfExtents } },
    ...more,
  };
}

export function capsule(
  name: string,
  radius: number,
  halfLength: number,
  position: Vec3,
  more: Partial<BodyInput> = {},
): BodyInput {
  const shape = { kind: 'capsule', radius, halfLength } as const;
  return { ...{ name, position, material, mass: 1, color: [0.7, 0.3, 0.6], shape }, ...more };
}

export function plane(name: string, position: Vec3, more: Partial<BodyInput> = {}): BodyInput {
  return {
    ...{ name, position, material, mass: 0, color: [0.6, 0.6, 0.6], shape: { kind: 'plane' } },
    ...more,
  };
}

/** Turns local +z to -y: a wall that faces a camera which looks along +y. */
export const FACING: [number, number, number, number] = [half, 0, 0, half];

/** Looks along +y at x from -2 to 2 m, z from 0 to 4 m; 16 pixels a metre at 64x64. */
export const FRONT: Camera = {
  kind: 'orthographic',
  position: [0, -5, 2],
  target: [0, 0, 2],
  up: [0, 0, 1],
  height: 4,
};

export const CORNER: Extract<Camera, { kind: 'perspective' }> = {
  kind: 'perspective',
  position: [2.5, -6.5, 4],
  target: [0, 0, 1.6],
  up: [0, 0, 1],
  fieldOfView: 38,
};

export function makeScene(bodies: BodyInput[], more: Partial<SceneInput> = {}): Scene {
  // Without parseScene's demands on physics: a renderer also draws what overlaps.
  return sceneSchema.parse({
    ...{
      name: 'test',
      gravity: [0, 0, -9.81],
      dt: 0.05,
      substeps: 1,
      camera: FRONT,
      background: [0.02, 0.02, 0.03],
    },
    light: { direction: [0.35, 1, -0.55], intensity: 0.7, ambient: 0.3 },
    ...more,
    bodies,
  });
}

/** Floor, ceiling and side walls (edge-on for `FRONT`) and a wall with a checker at y = 0.6 m. */
export function arena(wall: Partial<BodyInput> = {}): BodyInput[] {
  return [
    plane('floor', [0, 0, 0]),
    plane('ceiling', [0, 0, 4], { quaternion: [1, 0, 0, 0] }),
    plane('left', [-2, 0, 2], { quaternion: [0, half, 0, half] }),
    plane('right', [2, 0, 2], { quaternion: [0, -half, 0, half] }),
    plane('back', [0, 0.6, 2], {
      ...{ quaternion: FACING, pattern: { kind: 'checker', color: [0.54, 0.54, 0.54], size: 0.5 } },
      ...wall,
    }),
    plane('glass', [0, -0.6, 2], { quaternion: [-half, 0, 0, half], visible: false }),
  ];
}

/** Three balls in front of a wall with a subtle checker, orthographic. */
export const balls = makeScene([
  ...arena(),
  sphere('red', 0.45, [-0.83, 0, 1.21]),
  sphere('green', 0.36, [0.47, 0, 2.43], { color: [0.05, 0.6, 0.1] }),
  sphere('yellow', 0.3, [0.93, 0, 0.52], { color: [0.9, 0.7, 0.02] }),
]);

/** Everything at once: boxes, patterned spheres, shadows on each other, strong checkers, perspective. */
export const room = makeScene(
  [
    ...arena({ pattern: { kind: 'checker', color: [0.2, 0.3, 0.5], size: 0.4 } }),
    sphere('beach', 0.4, [-0.6, 0, 1.2], {
      ...{ quaternion: [0.2, 0.3, 0.1, 0.9], pattern: { kind: 'checker', color: [0.9, 0.9, 0.9], size: 1 } },
    }),
    sphere('small', 0.22, [-0.85, -0.25, 1.85]),
    box('crate', [0.3, 0.25, 0.4], [0.5, 0, 0.42], {
      quaternion: [0.1, 0.2, 0.4, 0.88],
      pattern: { kind: 'checker', color: [0.95, 0.9, 0.7], size: 0.2 },
    }),
    sphere('rest', 0.3, [-0.9, -0.3, 0.3], { color: [0.9, 0.7, 0.02] }),
    box('shelf', [0.5, 0.2, 0.05], [0.9, 0.2, 2.2], { mass: 0, color: [0.3, 0.25, 0.2] }),
  ],
  { camera: CORNER },
);

const striped: BodyInput['pattern'] = { kind: 'checker', color: [0.95, 0.9, 0.7], size: 1 };

/** Capsules: lying, standing, towards the camera, in each other's shadow and in that of a box and a sphere. */
export const capsules = makeScene([
  plane('floor', [0, 0, 0]),
  plane('back', [0, 0.6, 2], { quaternion: FACING }),
  capsule('lying', 0.25, 0.6, [-0.7, 0, 0.3], { quaternion: [0, half, 0, half], pattern: striped }),
  capsule('standing', 0.2, 0.5, [1.2, 0.1, 0.75], { pattern: striped }),
  capsule('pointing', 0.3, 0.4, [-1.1, -0.2, 2.6], {
    quaternion: [0.6, 0.1, 0.2, 0.75],
    color: [0.2, 0.6, 0.2],
  }),
  capsule('over', 0.12, 0.5, [-0.3, -0.8, 1.3], { quaternion: [0.3, 0.6, 0.1, 0.7] }),
  sphere('ball', 0.3, [0.6, -0.5, 2.8], { color: [0.9, 0.7, 0.02] }),
  capsule('far', 0.2, 0.3, [0.9, 0.2, 2.1], { quaternion: [0.1, 0.3, 0.7, 0.6], pattern: striped }),
  box('shelf', [0.4, 0.2, 0.05], [-0.9, -0.3, 3.5]),
]);

/** The poses that the scene itself gives, with some bodies moved. */
export function posesOf(
  scene: Scene,
  moved: Record<string, Partial<{ position: Vec3; quaternion: number[] }>> = {},
) {
  return {
    position: Float64Array.from(scene.bodies.flatMap((body) => moved[body.name]?.position ?? body.position)),
    quaternion: Float64Array.from(
      scene.bodies.flatMap((body) => moved[body.name]?.quaternion ?? body.quaternion),
    ),
  } satisfies Poses;
}

/** Index of a body by its name. */
export function indexOf(scene: Scene, name: string): number {
  return scene.bodies.findIndex((body) => body.name === name);
}
