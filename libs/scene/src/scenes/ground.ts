/** What solid scenes stand on and are lit by: a floor at z = 0 that shows distance, and light from above. */
import type { Vec3 } from '../quantities.ts';
import type { Light, Material } from '../scene.ts';
import { GROUND } from './front.ts';

/** A floor of tiles. @param size side of a tile, m */
export const floor = (material: Material, size: number) => ({
  name: 'floor',
  shape: { kind: 'plane' as const },
  mass: 0,
  material,
  color: GROUND.color,
  pattern: { kind: 'checker' as const, color: GROUND.tile, size },
});

/** A static box, such as a ramp, a wall or a screen; darker than the floor. */
export const obstacle = (name: string, material: Material, halfExtents: Vec3, position: Vec3) => ({
  name,
  shape: { kind: 'box' as const, halfExtents },
  mass: 0,
  material,
  position,
  color: [0.2, 0.2, 0.21] as Vec3,
});

/** From the upper left behind the camera: shadows fall to the right, beside what throws them. */
export const DAYLIGHT: Light = { direction: [0.45, 0.5, -1], intensity: 0.75, ambient: 0.3, shadows: true };
/** Behind the floor's horizon. */
export const SKY: Vec3 = [0.72, 0.74, 0.76];
