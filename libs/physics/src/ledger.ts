/** Books of the contacts: the forces of the previous step, from which the next one starts, and the impulses of a frame. */
import * as cannon from 'cannon-es';
import { pushBalls } from './ball-contact.ts';
import type { ContactPoint } from './manifold.ts';
import type { Contact } from './trajectory.ts';

/** A contact's force in the previous step: N along the normal, and N as a vector in the world for friction. */
export class ForceEntry {
  pair = 0;
  feature = 0;
  force = 0;
  readonly friction = new cannon.Vec3();
}

/** A contact point of the frame: the sums over its steps of the impulse (N s, a vector) and of impulse times point. */
class FrameEntry {
  bodyA = 0;
  bodyB = 0;
  feature = 0;
  readonly impulse = new cannon.Vec3();
  readonly moment = new cannon.Vec3();
  weight = 0;
}

/** Where two bodies press each other apart; the normal points from A to B. */
type Touching = Pick<ContactPoint, 'a' | 'b' | 'point'> & {
  readonly normal: { readonly dx: number; readonly dy: number; readonly dz: number };
};

/** A contact of bodies at rest (rest.ts), with the force that holds them. */
export interface RestingContact extends Touching {
  readonly held: ForceEntry;
}

export class Ledger {
  /** In the order of the contacts, which is that of the pairs from step to step; the first `#count` are in use. */
  readonly #forces: ForceEntry[] = [];
  #count = 0;
  /** Where the latest contact's pair begins among them. */
  #cursor = 0;
  /** In the order in which they first acted in the frame; the first `#entered` are in use. */
  readonly #frame: FrameEntry[] = [];
  #entered = 0;
  /** The same by the later body of the scene. */
  readonly #entriesOf: FrameEntry[][] = [];

  /**
   * Starts contacts' impulses from the forces of the previous step, and applies them to the bodies.
   * @param contacts in the order of the pairs
   * @param dt s
   */
  warmStart(contacts: readonly ContactPoint[], dt: number): void {
    this.#cursor = 0;
    for (const contact of contacts) {
      const entry = this.#previous(contact);
      if (!entry) continue;
      const { a, b, normal, tangent1, tangent2 } = contact;
      const { force } = contact;
      force.normal = entry.force * dt;
      normal.push(force.normal, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
      if (contact.friction === 0) continue;
      const { x, y, z } = entry.friction;
      if (contact.ofBalls) {
        const along = x * normal.dx + y * normal.dy + z * normal.dz;
        force.setFriction(
          (x - along * normal.dx) * dt,
          (y - along * normal.dy) * dt,
          (z - along * normal.dz) * dt,
        );
        pushBalls(contact, force);
        continue;
      }
      force.setFriction(
        (x * tangent1.dx + y * tangent1.dy + z * tangent1.dz) * dt,
        (x * tangent2.dx + y * tangent2.dy + z * tangent2.dz) * dt,
      );
      tangent1.push(force.p1, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
      tangent2.push(force.p2, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
    }
  }

  #previous(contact: ContactPoint): ForceEntry | undefined {
    const { pair } = contact;
    while (this.#cursor < this.#count && this.#forces[this.#cursor]!.pair < pair) this.#cursor++;
    for (let i = this.#cursor; i < this.#count && this.#forces[i]!.pair === pair; i++)
      if (this.#forces[i]!.feature === contact.feature) return this.#forces[i];
    return undefined;
  }

  /** Enters the impulses of a step that went for `share` of what its forces were solved for, and lasted `dt`. */
  enter(contacts: readonly ContactPoint[], share: number, dt: number): void {
    // A step cut to nothing tells no forces: keep the older ones.
    if (dt > 0) {
      this.#count = 0;
      for (const contact of contacts)
        if (contact.force.normal > 0)
          rememberForce((this.#forces[this.#count++] ??= new ForceEntry()), contact, share / dt);
    }
    for (const contact of contacts) {
      const impulse = contact.struck + contact.force.normal * share;
      if (impulse > 0) this.#addToFrame(contact.feature, contact, impulse);
    }
  }

  /** Enters what a wheel has pressed its chassis (b) and the ground (a) apart with. @param impulse N s */
  enterWheel(index: number, wheel: Touching, impulse: number): void {
    // Below 0, where no contact has its feature.
    if (impulse > 0) this.#addToFrame(-1 - index, wheel, impulse);
  }

  /** A copy of a contact whose impulses times `perSecond` are the forces of its rest. */
  keep(contact: ContactPoint, perSecond: number): RestingContact {
    const { a, b, point, normal } = contact;
    const { dx, dy, dz } = normal;
    const held = rememberForce(new ForceEntry(), contact, perSecond);
    return { a, b, point: point.clone(), normal: { dx, dy, dz }, held };
  }

  /** Enters what the contact has pressed its bodies apart with for `time` s of rest. */
  enterResting(contact: RestingContact, time: number): void {
    const { feature, force } = contact.held;
    if (force * time > 0) this.#addToFrame(feature, contact, force * time);
  }

  /** The rest is over: the next step starts from its forces. */
  recall(contacts: readonly RestingContact[]): void {
    const forces = [...this.#forces.slice(0, this.#count), ...contacts.map(({ held }) => held)];
    forces.sort((one, other) => one.pair - other.pair);
    this.#forces.splice(0, this.#count, ...forces);
    this.#count = forces.length;
  }

  #addToFrame(feature: number, { a, b, point, normal }: Touching, impulse: number): void {
    const isOrdered = a.index < b.index;
    const entry = isOrdered ? this.#entry(a.index, b.index, feature) : this.#entry(b.index, a.index, feature);
    const along = isOrdered ? impulse : -impulse;
    const { impulse: sum, moment } = entry;
    sum.set(sum.x + along * normal.dx, sum.y + along * normal.dy, sum.z + along * normal.dz);
    moment.addScaledVector(impulse, point, moment);
    entry.weight += impulse;
  }

  #entry(bodyA: number, bodyB: number, feature: number): FrameEntry {
    const entries = (this.#entriesOf[bodyB] ??= []);
    for (let i = 0; i < entries.length; i++)
      if (entries[i]!.bodyA === bodyA && entries[i]!.feature === feature) return entries[i]!;
    const entry = (this.#frame[this.#entered++] ??= new FrameEntry());
    entries.push(entry);
    entry.bodyA = bodyA;
    entry.bodyB = bodyB;
    entry.feature = feature;
    entry.impulse.setZero();
    entry.moment.setZero();
    entry.weight = 0;
    return entry;
  }

  /** The contacts of the frame so far, in the order in which they first acted; the next frame starts empty. */
  takeFrame(): Contact[] {
    const contacts: Contact[] = [];
    for (let i = 0; i < this.#entered; i++) {
      const { bodyA, bodyB, impulse: p, moment: m, weight } = this.#frame[i]!;
      const size = p.length();
      const per = 1 / size;
      const share = 1 / weight;
      const normal: Contact['normal'] = [per * p.x, per * p.y, per * p.z];
      contacts.push({ bodyA, bodyB, point: [share * m.x, share * m.y, share * m.z], normal, impulse: size });
      this.#entriesOf[bodyB]!.length = 0;
    }
    this.#entered = 0;
    return contacts;
  }
}

function rememberForce(entry: ForceEntry, contact: ContactPoint, perSecond: number): ForceEntry {
  const { tangent1: s, tangent2: t, force } = contact;
  entry.pair = contact.pair;
  entry.feature = contact.feature;
  entry.force = force.normal * perSecond;
  const f1 = force.p1 * perSecond;
  const f2 = force.p2 * perSecond;
  if (contact.ofBalls) entry.friction.set(f1, f2, force.p3 * perSecond);
  else entry.friction.set(s.dx * f1 + t.dx * f2, s.dy * f1 + t.dy * f2, s.dz * f1 + t.dz * f2);
  return entry;
}
