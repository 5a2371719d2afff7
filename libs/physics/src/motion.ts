/** Velocities of bodies in flat arrays, where the sweeps change them. */
import type { RigidBody } from './body.ts';
import type { ContactPoint } from './manifold.ts';

export class Motion {
  /** [bodies, 6] velocity and angular velocity of each body, by its index in the world. */
  v = new Float64Array(0);
  /** [bodies, 3] inverse mass along each world axis. */
  m = new Float64Array(0);
  /** Those whose velocities are here, each once. */
  readonly bodies: RigidBody[] = [];
  /** The count of `begin` when each was found, by index. */
  readonly #found: number[] = [];
  #count = 0;

  /** Takes over the velocities of all bodies that impulses of the contacts may move, and of what these touch. */
  begin(contacts: readonly ContactPoint[]): void {
    this.#count++;
    this.bodies.length = 0;
    for (let i = 0; i < contacts.length; i++) {
      const { a, b, normal } = contacts[i]!;
      this.#find(a);
      this.#find(b);
      if (normal.reaction) for (const body of normal.reaction.bodies) this.#find(body);
    }
    this.load();
  }

  #find(body: RigidBody): void {
    const { index } = body;
    if (this.#found[index] === this.#count) return;
    this.#found[index] = this.#count;
    this.bodies.push(body);
    if (6 * index < this.v.length) return;
    this.v = new Float64Array(12 * index + 6);
    this.m = new Float64Array(6 * index + 3);
  }

  load(): void {
    const { v, m } = this;
    for (let k = 0; k < this.bodies.length; k++) {
      const { index, velocity, angularVelocity, inverseMass } = this.bodies[k]!;
      const i = 6 * index;
      v[i] = velocity.x;
      v[i + 1] = velocity.y;
      v[i + 2] = velocity.z;
      v[i + 3] = angularVelocity.x;
      v[i + 4] = angularVelocity.y;
      v[i + 5] = angularVelocity.z;
      m[3 * index] = inverseMass.x;
      m[3 * index + 1] = inverseMass.y;
      m[3 * index + 2] = inverseMass.z;
    }
  }

  /** Gives the velocities back to the bodies. */
  store(): void {
    const { v } = this;
    for (let k = 0; k < this.bodies.length; k++) {
      const { index, velocity, angularVelocity } = this.bodies[k]!;
      const i = 6 * index;
      velocity.x = v[i]!;
      velocity.y = v[i + 1]!;
      velocity.z = v[i + 2]!;
      angularVelocity.x = v[i + 3]!;
      angularVelocity.y = v[i + 4]!;
      angularVelocity.z = v[i + 5]!;
    }
  }
}
