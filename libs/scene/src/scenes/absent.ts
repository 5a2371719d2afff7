/** Scenes of a dataset have the same bodies, so that its arrays have one shape: what a scene lacks is there and absent. */
import type { Color, Vec3 } from '../quantities.ts';

/** A body that is neither seen nor touched and does not move. */
export const absent = ([name, color]: readonly [string, Color]) => ({
  name,
  color,
  shape: { kind: 'sphere' as const, radius: 0.01 },
  mass: 0,
  material: { restitution: 0, friction: 0 },
  position: [0, 0, -1] as Vec3,
  visible: false,
  collides: false,
});
