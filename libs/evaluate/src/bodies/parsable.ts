/** Which bodies can be told apart by colour alone. */
import { trackedBodies, type Body, type Scene } from '@orrery/scene';
import { hueDistance, saturation } from './color.ts';

const LEAST_SATURATION = 0.4;
/** Degrees of hue between a body and everything else of a saturated colour. */
const LEAST_HUE_DISTANCE = 25;

/**
 * Indices of the bodies that a frame shows where they are: they move, are drawn, and have a saturated colour of their
 * own. A body with a pattern of a second hue is left out: what is seen of either colour turns with it.
 */
export function parsableBodies(scene: Scene): number[] {
  return trackedBodies(scene).filter((index) => {
    const body = scene.bodies[index];
    if (saturation(body.color) < LEAST_SATURATION || body.pattern) return false;
    const others = scene.bodies.filter((other) => other !== body && other.visible).flatMap(colors);
    return [...others, scene.background].every(
      (color) => saturation(color) < LEAST_SATURATION || hueDistance(color, body.color) >= LEAST_HUE_DISTANCE,
    );
  });
}

function colors(body: Body) {
  return body.pattern ? [body.color, body.pattern.color] : [body.color];
}
