/**
 * Which pairs of bodies can come near each other soon (Verlet's list, 1967): found once, and good for as long as no body
 * has gone half the margin that it was made with. So a step looks at a body's neighbours and not at all bodies.
 */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import type { CollisionPairs } from './pairs.ts';

/** Shortest margin, m. */
const MARGIN = 0.1;
/** Steps that the fastest body may go before the list is made again. */
const STEPS = 8;

/** The broadphase of a world, and what the search for impacts goes through. */
export class NearPairs extends cannon.Broadphase {
  /** The bodies of near pair k, in the order of the pairs, the later body of the scene first. */
  readonly one: RigidBody[] = [];
  readonly other: RigidBody[] = [];
  /**
   * 0 where steps end at impacts. In a crowd, where more follow one another than can be resolved one by one: how long the
   * rest of the step is, s; what may meet in it is near, and bounces at its start.
   */
  window = 0;
  readonly #pairs: CollisionPairs;
  readonly #bodies: readonly RigidBody[];
  /** Where the bodies were when the list was made, [N, 3]. */
  readonly #places: Float64Array;
  #margin = -1;
  #version = -1;

  constructor(pairs: CollisionPairs, bodies: readonly RigidBody[]) {
    super();
    this.#pairs = pairs;
    this.#bodies = bodies;
    this.#places = new Float64Array(3 * bodies.length);
  }

  get length(): number {
    return this.one.length;
  }

  /** Called by cannon-es: of the near pairs those whose bounding spheres meet, and of planes those that are near. */
  override collisionPairs(_: cannon.World, pairs1: cannon.Body[], pairs2: cannon.Body[]): void {
    this.refresh(this.window);
    const { one, other } = this;
    for (let k = 0; k < one.length; k++) {
      const a = one[k]!;
      const b = other[k]!;
      if (isNear(a, b, this.window > 0 ? this.window * closingSpeed(a, b) : 0)) {
        pairs1.push(a);
        pairs2.push(b);
      }
    }
  }

  /** Makes the list anew where it does not hold for what may meet within `dt` s at the velocities of this step. */
  refresh(dt: number): void {
    const far = this.#farthest(dt);
    if (far <= this.#margin / 2 && this.#version === this.#pairs.version) return;
    const [one, other] = [this.one, this.other];
    one.length = other.length = 0;
    this.#margin = 0;
    this.#takePlaces();
    this.#margin = Math.max(MARGIN, 2 * this.#farthest(dt) * STEPS);
    this.#version = this.#pairs.version;
    const { one: all, other: others, length } = this.#pairs;
    for (let k = 0; k < length; k++) {
      const a = all[k]!;
      const b = others[k]!;
      if (!isNear(a, b, this.#margin)) continue;
      one.push(a);
      other.push(b);
    }
  }

  /** The farthest that a body is from where the list has it, or will be in `dt` s, m. */
  #farthest(dt: number): number {
    let most = 0;
    for (let i = 0; i < this.#bodies.length; i++) {
      const { mass, position: p, startVelocity: v, velocity: w } = this.#bodies[i]!;
      if (mass === 0) continue;
      const x = p.x - this.#places[3 * i]!;
      const y = p.y - this.#places[3 * i + 1]!;
      const z = p.z - this.#places[3 * i + 2]!;
      const gone = x * x + y * y + z * z;
      const speed = Math.max(v.x * v.x + v.y * v.y + v.z * v.z, w.x * w.x + w.y * w.y + w.z * w.z);
      most = Math.max(most, Math.sqrt(gone) + dt * Math.sqrt(speed));
    }
    return most;
  }

  #takePlaces(): void {
    this.#bodies.forEach(({ position: { x, y, z } }, i) => this.#places.set([x, y, z], 3 * i));
  }
}

/** How fast two bodies can come nearer to each other at their velocities, m/s. */
export function closingSpeed({ velocity: v }: RigidBody, { velocity: w }: RigidBody): number {
  const x = v.x - w.x;
  const y = v.y - w.y;
  const z = v.z - w.z;
  return Math.sqrt(x * x + y * y + z * z);
}

/** Whether the bounding spheres are no farther apart than `margin`, m. */
function isNear(a: RigidBody, b: RigidBody, margin: number): boolean {
  const p = a.position;
  const q = b.position;
  const x = p.x - q.x;
  const y = p.y - q.y;
  const z = p.z - q.z;
  if (a.shape.kind === 'plane') return -heightOver(a.planeNormal, x, y, z) <= b.boundingRadius + margin;
  if (b.shape.kind === 'plane') return heightOver(b.planeNormal, x, y, z) <= a.boundingRadius + margin;
  const reach = a.boundingRadius + b.boundingRadius + margin;
  return x * x + y * y + z * z < reach * reach;
}

const heightOver = (normal: cannon.Vec3, x: number, y: number, z: number) =>
  normal.x * x + normal.y * y + normal.z * z;
