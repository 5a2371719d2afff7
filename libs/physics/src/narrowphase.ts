/**
 * Contact points of the pairs that the broadphase found near: takes the place of cannon-es's narrowphase, which has no
 * capsules, puts a contact of crossing edges where a face was clipped, and makes new objects in each step.
 */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { closingSpeed, type NearPairs } from './broadphase.ts';
import { boxContacts } from './box-contacts.ts';
import { isRound } from './closest.ts';
import { ContactSet } from './manifold.ts';
import type { Rest } from './rest.ts';
import { roundAndBox, roundAndPlane, roundAndRound } from './round-contacts.ts';

/** Surfaces nearer than this are contacts, m: those that touch, and those that are about to. */
export const NEAR = 2e-3;

export class ContactNarrowphase extends cannon.Narrowphase {
  /** Those of the current step. */
  readonly contacts = new ContactSet();
  readonly #near: NearPairs;
  /** s */
  readonly #step: number;

  readonly #rest: Rest | undefined;

  constructor(world: cannon.World, near: NearPairs, step: number, rest: Rest | undefined) {
    super(world);
    this.#near = near;
    this.#step = step;
    this.#rest = rest;
  }

  /** Called by cannon-es; its own list of contacts stays empty. */
  override getContacts(pairs1: cannon.Body[], pairs2: cannon.Body[]): void {
    while (this.#collideAll(pairs1 as RigidBody[], pairs2 as RigidBody[]));
  }

  /** @returns whether that woke bodies at rest, whose own contacts are missing */
  #collideAll(ones: readonly RigidBody[], others: readonly RigidBody[]): boolean {
    const { window } = this.#near;
    const { points } = this.contacts;
    let woken = false;
    this.contacts.clear();
    for (let k = 0; k < ones.length; k++) {
      const a = ones[k]!;
      const b = others[k]!;
      if (a.isStill && b.isStill) continue;
      const near = window > 0 ? NEAR + window * (closingSpeed(a, b) + swing(a, b)) : NEAR;
      const count = points.length;
      collide(a, b, near, this.#step, this.contacts);
      if (!this.#rest || points.length === count) continue;
      if (this.#rest.wake(a)) woken = true;
      if (this.#rest.wake(b)) woken = true;
    }
    return woken;
  }
}

/** Contacts of one pair, nearer than `near` (m); the normal points from the scene's later body to the earlier one. */
function collide(a: RigidBody, b: RigidBody, near: number, step: number, into: ContactSet): void {
  const one = a.shape.kind;
  const other = b.shape.kind;
  if (other === 'plane') {
    if (one === 'box') boxAndPlane(a, b, near, into);
    else roundAndPlane(a, b, near, into);
  } else if (one === 'plane') collide(b, a, near, step, into);
  else {
    const reach = near + swing(a, b) * step;
    if (one === 'box' && other === 'box') boxContacts(a, b, near, reach, into);
    else if (one === 'box') roundAndBox(b, a, near, reach, into);
    else if (isRound(b.shape)) roundAndRound(a, b, near, reach, into);
    else roundAndBox(a, b, near, reach, into);
  }
}

/** How fast turning may bring corners together, m/s: those of boxes that touch elsewhere are contacts before they meet. */
function swing({ angularVelocity: v, boundingRadius: r }: RigidBody, other: RigidBody): number {
  const w = other.angularVelocity;
  return (
    Math.sqrt(v.x * v.x + v.y * v.y + v.z * v.z) * r +
    Math.sqrt(w.x * w.x + w.y * w.y + w.z * w.z) * other.boundingRadius
  );
}

/** Each corner near the plane. */
function boxAndPlane(box: RigidBody, plane: RigidBody, near: number, into: ContactSet): void {
  if (box.shape.kind !== 'box') return;
  const [hx, hy, hz] = box.shape.halfExtents;
  const p = box.position;
  const q = plane.position;
  const r = box.rotation;
  const n = plane.planeNormal;
  for (let corner = 0; corner < 8; corner++) {
    const u = corner & 1 ? hx : -hx;
    const v = corner & 2 ? hy : -hy;
    const w = corner & 4 ? hz : -hz;
    const x = p.x + r[0]! * u + r[1]! * v + r[2]! * w;
    const y = p.y + r[3]! * u + r[4]! * v + r[5]! * w;
    const z = p.z + r[6]! * u + r[7]! * v + r[8]! * w;
    const gap = n.x * (x - q.x) + n.y * (y - q.y) + n.z * (z - q.z);
    if (gap >= near) continue;
    const down = gap / 2;
    into.add(box, plane, -n.x, -n.y, -n.z, x - n.x * down, y - n.y * down, z - n.z * down, gap, corner);
  }
}
