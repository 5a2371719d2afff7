/** Which bodies a reader of frames can follow. */
import { appearances } from './interventions.ts';
import type { Scene } from './scene.ts';

/**
 * Indices of the bodies that move and are drawn: what metrics follow and parsers look for.
 * @param frame in which they are drawn: a body that vanishes in a frame is tracked until the frame before
 */
export function trackedBodies(scene: Scene, frame = 0): number[] {
  const looks = appearances(scene, frame);
  return scene.bodies.flatMap((body, index) => (body.mass > 0 && looks[index]!.visible ? [index] : []));
}
