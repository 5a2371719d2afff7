/** Books of the contacts: the forces of the previous step, from which the next one starts, and the impulses of a frame. */
import * as cannon from 'cannon-es';
import type { ContactPoint } from './manifold.ts';
import type { Contact } from './trajectory.ts';

/** Points of one pair nearer than this (m, in the box's frame) are one contact that lasts. */
const SAME_POINT = 0.02;

interface Entry {
  readonly feature: cannon.Vec3;
  /** N along the normal, and N as a vector in the world for friction. */
  force: number;
  readonly friction: cannon.Vec3;
}

/** A contact point of the frame: the sums over its steps of the impulse (N s, a vector) and of impulse times point. */
interface FrameEntry {
  readonly feature: cannon.Vec3;
  readonly bodyA: number;
  readonly bodyB: number;
  readonly impulse: cannon.Vec3;
  readonly moment: cannon.Vec3;
  weight: number;
}

export interface Ledger {
  /** Starts a contact's impulses from the forces of the previous step, and applies them to the bodies. */
  warmStart(contact: ContactPoint, dt: number): void;
  /** Enters the impulses of a step that went for `share` of what its forces were solved for, and lasted `dt`. */
  enter(contacts: readonly ContactPoint[], share: number, dt: number): void;
  /** The contacts of the frame so far, in the order in which they first acted; the next frame starts empty. */
  takeFrame(): Contact[];
}

export function createLedger(): Ledger {
  let previous = new Map<number, Entry[]>();
  let frame: FrameEntry[] = [];
  return {
    warmStart(contact, dt) {
      const entry = nearest(previous.get(pairOf(contact)) ?? [], contact.feature);
      if (!entry) return;
      const { a, b, normal, tangent1, tangent2 } = contact;
      contact.force = entry.force * dt;
      normal.push(contact.force, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
      if (contact.friction === 0) return;
      const { x, y, z } = entry.friction;
      contact.force1 = (x * tangent1.dx + y * tangent1.dy + z * tangent1.dz) * dt;
      contact.force2 = (x * tangent2.dx + y * tangent2.dy + z * tangent2.dz) * dt;
      tangent1.push(contact.force1, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
      tangent2.push(contact.force2, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
    },
    enter(contacts, share, dt) {
      // A step cut to nothing tells no forces: keep the older ones.
      if (dt > 0) {
        previous = new Map();
        for (const contact of contacts) if (contact.force > 0) rememberForce(previous, contact, share / dt);
      }
      for (const contact of contacts) {
        const impulse = contact.struck + contact.force * share;
        if (impulse > 0) addToFrame(frame, contact, impulse);
      }
    },
    takeFrame() {
      const contacts = frame.map(({ bodyA, bodyB, impulse, moment, weight }): Contact => {
        const size = impulse.length();
        return {
          bodyA,
          bodyB,
          point: moment.scale(1 / weight).toArray(),
          normal: impulse.scale(1 / size).toArray(),
          impulse: size,
        };
      });
      frame = [];
      return contacts;
    },
  };
}

const pairOf = ({ a, b }: ContactPoint): number => a.index * 0x10000 + b.index;

function nearest<T extends { readonly feature: cannon.Vec3 }>(entries: readonly T[], feature: cannon.Vec3) {
  let best: T | undefined;
  let least = SAME_POINT * SAME_POINT;
  for (const entry of entries) {
    const distance = entry.feature.distanceSquared(feature);
    if (distance < least) {
      least = distance;
      best = entry;
    }
  }
  return best;
}

function rememberForce(book: Map<number, Entry[]>, contact: ContactPoint, perSecond: number): void {
  const { tangent1: s, tangent2: t, force1, force2 } = contact;
  const friction = new cannon.Vec3();
  if (contact.friction > 0)
    friction.set(
      (s.dx * force1 + t.dx * force2) * perSecond,
      (s.dy * force1 + t.dy * force2) * perSecond,
      (s.dz * force1 + t.dz * force2) * perSecond,
    );
  const entry = { feature: contact.feature.clone(), force: contact.force * perSecond, friction };
  const pair = pairOf(contact);
  const entries = book.get(pair);
  if (entries) entries.push(entry);
  else book.set(pair, [entry]);
}

function addToFrame(frame: FrameEntry[], contact: ContactPoint, impulse: number): void {
  const { a, b, feature, point, normal } = contact;
  const ordered = a.index < b.index;
  const [bodyA, bodyB] = ordered ? [a.index, b.index] : [b.index, a.index];
  const ofPair = frame.filter((entry) => entry.bodyA === bodyA && entry.bodyB === bodyB);
  let entry = nearest(ofPair, feature);
  if (!entry) {
    const [sum, moment] = [new cannon.Vec3(), new cannon.Vec3()];
    entry = { feature: feature.clone(), bodyA, bodyB, impulse: sum, moment, weight: 0 };
    frame.push(entry);
  }
  const along = ordered ? impulse : -impulse;
  entry.impulse.set(
    entry.impulse.x + along * normal.dx,
    entry.impulse.y + along * normal.dy,
    entry.impulse.z + along * normal.dz,
  );
  entry.moment.addScaledVector(impulse, point, entry.moment);
  entry.weight += impulse;
}
