/** Which pairs cannon-es's narrowphase looks at, in the order of the scene's bodies. */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import type { CollisionPairs } from './pairs.ts';

/** Every pair whose bounding spheres meet, and of planes those that are near: cannon-es's own hands on all planes. */
export class NearPairs extends cannon.Broadphase {
  readonly #pairs: CollisionPairs;

  constructor(pairs: CollisionPairs) {
    super();
    this.#pairs = pairs;
  }

  override collisionPairs(_: cannon.World, pairs1: cannon.Body[], pairs2: cannon.Body[]): void {
    const { one, other, length } = this.#pairs;
    for (let k = 0; k < length; k++) {
      const [a, b] = [one[k]!, other[k]!];
      if (isNear(a, b)) {
        pairs1.push(a);
        pairs2.push(b);
      }
    }
  }
}

function isNear(a: RigidBody, b: RigidBody): boolean {
  const [p, q] = [a.position, b.position];
  const [x, y, z] = [p.x - q.x, p.y - q.y, p.z - q.z];
  if (a.shape.kind === 'plane') return -heightOver(a.planeNormal, x, y, z) <= b.boundingRadius;
  if (b.shape.kind === 'plane') return heightOver(b.planeNormal, x, y, z) <= a.boundingRadius;
  const reach = a.boundingRadius + b.boundingRadius;
  return x * x + y * y + z * z < reach * reach;
}

const heightOver = (normal: cannon.Vec3, x: number, y: number, z: number) =>
  normal.x * x + normal.y * y + normal.z * z;
