/** Which bodies a reader of frames can follow. */
import type { Scene } from './scene.ts';

/** Indices of the bodies that move and are drawn: what metrics follow and parsers look for. */
export function trackedBodies(scene: Scene): number[] {
  return scene.bodies.flatMap((body, index) => (body.mass > 0 && body.visible ? [index] : []));
}
