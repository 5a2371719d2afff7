/** Motion in the plane of the picture, which is seen from the front: x to the right, z up, y into the picture. */
import type { Color, Vec3 } from '../quantities.ts';
import type { Camera } from '../scene.ts';

/** A body that stays in the plane of the picture. */
export const IN_PLANE = { linearFactor: [1, 0, 1] as Vec3, angularFactor: [0, 1, 0] as Vec3 };

/** Orthographic, `height` m of the plane around (x, z). */
export const frontCamera = (x: number, z: number, height: number): Camera => ({
  kind: 'orthographic',
  position: [x, -height - 5, z],
  target: [x, 0, z],
  up: [0, 0, 1],
  height,
});

/** Greys of what stands still: no hue, so that no body is mistaken for it. */
export const GROUND = { color: [0.5, 0.5, 0.5] as Color, tile: [0.44, 0.44, 0.44] as Color };
