/** Which bodies can touch at all. */
import type { RigidBody } from './body.ts';

/**
 * All pairs of bodies but those of two static ones, of bodies that do not collide, and of excluded ones. The bodies of
 * pair k are `one[k]` and `other[k]`, the later body of the scene first.
 */
export class CollisionPairs {
  readonly one: RigidBody[] = [];
  readonly other: RigidBody[] = [];
  /** Grows with each change. */
  version = 0;

  constructor(bodies: readonly RigidBody[]) {
    for (let i = 1; i < bodies.length; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [bodies[i]!, bodies[j]!];
        if (!a.collides || !b.collides || (a.mass === 0 && b.mass === 0)) continue;
        this.one.push(a);
        this.other.push(b);
      }
  }

  get length(): number {
    return this.one.length;
  }

  /** From now on the two bodies pass through each other. */
  exclude(a: RigidBody, b: RigidBody): void {
    this.#remove((one, other) => (one === a && other === b) || (one === b && other === a));
  }

  /** From now on the body passes through all others. */
  excludeBody(body: RigidBody): void {
    this.#remove((one, other) => one === body || other === body);
  }

  #remove(isGone: (one: RigidBody, other: RigidBody) => boolean): void {
    this.version++;
    for (let k = this.length - 1; k >= 0; k--)
      if (isGone(this.one[k]!, this.other[k]!)) {
        this.one.splice(k, 1);
        this.other.splice(k, 1);
      }
  }
}
