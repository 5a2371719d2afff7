/** Which pairs cannon-es's narrowphase looks at, in the order of the scene's bodies. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';

/**
 * Every pair whose bounding spheres meet, as cannon-es's own, and of planes only those that are near: theirs hands on
 * every body with every plane.
 */
export class NearPairs extends cannon.NaiveBroadphase {
  override intersectionTest(
    a: cannon.Body,
    b: cannon.Body,
    pairs1: cannon.Body[],
    pairs2: cannon.Body[],
  ): void {
    const [one, other] = [a as RigidBody, b as RigidBody];
    if (
      one.shape.kind === 'plane' ? isAbove(other, one) : other.shape.kind === 'plane' && isAbove(one, other)
    )
      return;
    super.intersectionTest(a, b, pairs1, pairs2);
  }
}

function isAbove(body: RigidBody, plane: RigidBody): boolean {
  const n = plane.planeNormal;
  const [p, q] = [body.position, plane.position];
  return n.x * (p.x - q.x) + n.y * (p.y - q.y) + n.z * (p.z - q.z) > body.boundingRadius;
}
