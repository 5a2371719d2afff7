/**
 * Impacts: what happens in an instant where bodies that touch approach each other.
 *
 * Fast approaches bounce, one pair at a time and the fastest first, as they would if the others were an atom's width
 * away; so a row of balls passes momentum on like Newton's cradle. The points of one pair bounce together (Moreau's
 * impact law). Slow ones end together and without a bounce. Friction obeys Coulomb with the impulses of the impact.
 */
import type { RigidBody } from './body.ts';
import type { ContactPoint } from './manifold.ts';
import { sweep, sweepClusters, type Sweeps } from './sweeps.ts';

/** Surfaces nearer than this touch, m. */
export const TOUCH = 1e-7;
const BOUNCE: Sweeps = { tolerance: 1e-8, iterations: 60 };
const PASSES = 20;
/** Approaches slower than this are left to the contact forces of the step, which end them as well, m/s. */
const STILL = 1e-4;
/** What of slow approaches of many contacts is left, the contact forces end. */
const STOP: Sweeps = { tolerance: STILL / 10, iterations: 30 };

/**
 * Resolves every impact among the contacts of one instant, given in the narrowphase's order.
 * @param window s; what will meet in this time counts as meeting now: to bounce early changes no energy
 */
export function resolveImpacts(contacts: readonly ContactPoint[], window = 0): void {
  if (!contacts.some((contact) => isImpact(contact, window))) return;
  if (window > 0) bounceCrowd(byPair(contacts, window), window);
  else bounceInOrder(byPair(contacts, 0));
  const meeting = contacts.filter((contact) => meets(contact, window));
  if (!meeting.some((contact) => isImpact(contact, window))) return;
  strike(meeting, 0, () => sweepClusters(meeting, 'impact', () => STOP));
}

/** The fastest first, again and again: each may bring others together. */
function bounceInOrder(meetings: readonly Meeting[]): void {
  const limit = 50 + 20 * meetings.length;
  for (let count = 0; count < limit; count++) {
    const fastest = fastestApproach(meetings);
    if (!fastest) break;
    bounce(fastest.contacts);
    for (const meeting of meetings)
      if (feels(meeting, fastest)) meeting.approach = approachOf(meeting.contacts, 0);
  }
}

/** All that meet in turn, the fastest first; then those that this has brought together. */
function bounceCrowd(meetings: readonly Meeting[], window: number): void {
  for (let pass = 0; pass < PASSES; pass++) {
    const due = meetings.filter(({ approach }) => approach < 0).sort((a, b) => a.approach - b.approach);
    if (due.length === 0) return;
    for (const { contacts } of due)
      if (approachOf(contacts, window) < 0) bounce(contacts.filter((contact) => meets(contact, window)));
    for (const meeting of meetings) meeting.approach = approachOf(meeting.contacts, window);
  }
}

/** The contacts of one pair, and the fastest approach among them that is too fast to rest, m/s: negative, or 0 for none. */
interface Meeting {
  readonly contacts: ContactPoint[];
  approach: number;
}

/** Whether the surfaces touch, or will within `window` s at their velocities. */
function meets(contact: ContactPoint, window: number): boolean {
  if (contact.gap <= TOUCH) return true;
  return window > 0 && contact.gap <= -window * contact.normalVelocity() && !pass(contact, window);
}

/** Whether two balls that come nearer pass each other. */
function pass({ a, b, gap, normal: { dx, dy, dz } }: ContactPoint, window: number): boolean {
  if (a.shape.kind !== 'sphere' || b.shape.kind !== 'sphere') return false;
  const reach = a.shape.radius + b.shape.radius;
  const distance = reach + gap;
  const x = b.velocity.x - a.velocity.x;
  const y = b.velocity.y - a.velocity.y;
  const z = b.velocity.z - a.velocity.z;
  const along = distance * (dx * x + dy * y + dz * z);
  const square = x * x + y * y + z * z;
  const t = Math.min(window, -along / square);
  return distance * distance + 2 * t * along + t * t * square > reach * reach;
}

/** Whether bodies that touch approach by more than the contact forces of a step end as well. */
const isImpact = (contact: ContactPoint, window: number): boolean =>
  contact.normalVelocity() < -Math.min(STILL, contact.restSpeed) && meets(contact, window);

/** Those that touch or, in a crowd, all that are near, by pair. */
function byPair(contacts: readonly ContactPoint[], window: number): Meeting[] {
  const meetings: Meeting[] = [];
  for (const contact of contacts) {
    if (window === 0 && contact.gap > TOUCH) continue;
    const last = meetings.at(-1);
    if (last && last.contacts[0]!.a === contact.a && last.contacts[0]!.b === contact.b)
      last.contacts.push(contact);
    else meetings.push({ contacts: [contact], approach: 0 });
  }
  for (const meeting of meetings) meeting.approach = approachOf(meeting.contacts, window);
  return meetings;
}

function approachOf(contacts: readonly ContactPoint[], window: number): number {
  let most = 0;
  for (const contact of contacts) {
    const velocity = contact.normalVelocity();
    if (velocity < -contact.restSpeed && velocity < most && meets(contact, window)) most = velocity;
  }
  return most;
}

function fastestApproach(meetings: readonly Meeting[]): Meeting | undefined {
  let fastest: Meeting | undefined;
  for (const meeting of meetings) if (meeting.approach < (fastest?.approach ?? 0)) fastest = meeting;
  return fastest;
}

/** Whether a bounce of one pair may change the velocities of the other. */
function feels({ contacts: [one] }: Meeting, { contacts: [other] }: Meeting): boolean {
  const { a, b, normal } = other!;
  if (normal.reaction) return true;
  const isA = one!.a === a || one!.b === a;
  const isB = one!.a === b || one!.b === b;
  return (isA && a.mass > 0) || (isB && b.mass > 0);
}

/** One pair bounces. Friction can make Newton's law of restitution create energy; then it bounces less. */
function bounce(manifold: readonly ContactPoint[]): void {
  const { a, b, friction } = manifold[0]!;
  const { reaction } = manifold[0]!.normal;
  const central = isCentral(a) && isCentral(b) && !reaction;
  const strikeAt = (share: number) => strike(manifold, share, () => sweep(manifold, 'impact', BOUNCE));
  if (friction === 0 || (manifold.length === 1 && central)) return strikeAt(1);
  const moved = reaction?.bodies ?? [a, b];
  const before = kineticEnergy(moved);
  const state = moved.map(
    ({ velocity, angularVelocity }) => [velocity.clone(), angularVelocity.clone()] as const,
  );
  const struck = manifold.map(({ struck, struckWork }) => ({
    impulse: struck,
    work: struckWork,
  }));
  for (const share of [1, 0.5, 0.25, 0.125, 0]) {
    strikeAt(share);
    const given = manifold.reduce((sum, { struckWork }, i) => sum + struckWork - struck[i]!.work, 0);
    if (kineticEnergy(moved) <= before * (1 + 1e-12) + given) return;
    if (share > 0) restore(moved, state, manifold, struck);
  }
}

/** Whether impulses along the normal go through the centre. */
const isCentral = ({ shape: { kind } }: RigidBody) => kind === 'sphere' || kind === 'plane';

const kineticEnergy = (bodies: readonly RigidBody[]) =>
  bodies.reduce((sum, body) => sum + body.kineticEnergy(), 0);

function restore(
  bodies: readonly RigidBody[],
  state: readonly (readonly [Vec3, Vec3])[],
  manifold: readonly ContactPoint[],
  struck: readonly { readonly impulse: number; readonly work: number }[],
): void {
  bodies.forEach((body, i) => {
    body.velocity.copy(state[i]![0]);
    body.angularVelocity.copy(state[i]![1]);
  });
  manifold.forEach((contact, i) => {
    contact.struck = struck[i]!.impulse;
    contact.struckWork = struck[i]!.work;
  });
}
type Vec3 = RigidBody['velocity'];

/**
 * Impulses that leave every contact at or above `-restitution * share` times its approach velocity.
 * @param solve finds them
 */
function strike(contacts: readonly ContactPoint[], share: number, solve: () => void): void {
  for (const contact of contacts) {
    const { impact, restitution } = contact;
    impact.clear();
    impact.target = -share * restitution * Math.min(contact.normalVelocity(), 0);
  }
  solve();
  for (const contact of contacts) {
    contact.struck += contact.impact.normal;
    contact.struckWork += contact.beltWork(contact.impact);
  }
}
