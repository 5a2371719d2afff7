/** Which bodies can be told apart by colour alone. */
import { trackedBodies, type Body, type Scene } from '@orrery/scene';
import { hueDistance, saturation } from './color.ts';

const LEAST_SATURATION = 0.4;
/** Degrees of hue between a body and everything else of a saturated colour. */
const LEAST_HUE_DISTANCE = 25;
/** Degrees of hue within which two colours of one body are taken for light and dark of the same. */
const SAME_HUE = 5;

/**
 * Indices of the bodies that a frame shows where they are: they move, are drawn, and have a saturated colour of their
 * own. A pattern of the same hue, lighter or darker, does not matter; a body with a pattern of a second hue is left out:
 * what is seen of either colour turns with it.
 */
export function parsableBodies(scene: Scene): number[] {
  return trackedBodies(scene).filter((index) => {
    const body = scene.bodies[index];
    if (!colors(body).every((color) => saturation(color) >= LEAST_SATURATION)) return false;
    if (body.pattern && hueDistance(body.pattern.color, body.color) > SAME_HUE) return false;
    const others = scene.bodies.filter((other) => other !== body && other.visible).flatMap(colors);
    return [...others, scene.background].every(
      (color) => saturation(color) < LEAST_SATURATION || hueDistance(color, body.color) >= LEAST_HUE_DISTANCE,
    );
  });
}

function colors(body: Body) {
  return body.pattern ? [body.color, body.pattern.color] : [body.color];
}
