/**
 * Impacts: what happens in an instant where bodies that touch approach each other.
 *
 * Fast approaches bounce, one pair at a time and the fastest first, as they would if the others were an atom's width
 * away; so a row of balls passes momentum on like Newton's cradle. The points of one pair bounce together (Moreau's
 * impact law). Slow ones end together and without a bounce. Friction obeys Coulomb with the impulses of the impact.
 */
import type { RigidBody } from './body.ts';
import type { ContactPoint } from './manifold.ts';
import { coulomb } from './friction.ts';

/** Surfaces nearer than this touch, m. */
export const TOUCH = 1e-7;
const ITERATIONS = 100;
/** The iteration has converged when no relative velocity changes by more, m/s. */
const TOLERANCE = 1e-10;
/** Approaches slower than this are left to the contact forces of the step, which end them as well, m/s. */
const STILL = 1e-4;

/** Resolves every impact among the contacts of one instant, given in the narrowphase's order. */
export function resolveImpacts(contacts: readonly ContactPoint[]): void {
  if (!contacts.some(isImpact)) return;
  const touching = contacts.filter((contact) => contact.gap <= TOUCH);
  const manifolds = byPair(touching);
  const limit = 50 + 20 * manifolds.length;
  for (let count = 0; count < limit; count++) {
    const fastest = fastestApproach(manifolds);
    if (!fastest) break;
    bounce(fastest);
  }
  if (touching.some(isImpact)) impulses(touching, 0, STILL / 10);
}

/** Whether bodies that touch approach by more than the contact forces of a step end as well. */
const isImpact = (contact: ContactPoint): boolean =>
  contact.gap <= TOUCH && contact.normalVelocity() < -Math.min(STILL, contact.restSpeed);

function byPair(contacts: readonly ContactPoint[]): ContactPoint[][] {
  const manifolds: ContactPoint[][] = [];
  for (const contact of contacts) {
    const last = manifolds.at(-1);
    if (last && last[0]!.a === contact.a && last[0]!.b === contact.b) last.push(contact);
    else manifolds.push([contact]);
  }
  return manifolds;
}

/** The pair that approaches fastest among those too fast to rest. */
function fastestApproach(manifolds: readonly ContactPoint[][]): ContactPoint[] | undefined {
  let fastest: ContactPoint[] | undefined;
  let most = 0;
  for (const manifold of manifolds)
    for (const contact of manifold) {
      const velocity = contact.normalVelocity();
      if (velocity < -contact.restSpeed && velocity < most) {
        most = velocity;
        fastest = manifold;
      }
    }
  return fastest;
}

/** One pair bounces. Friction can make Newton's law of restitution create energy; then it bounces less. */
function bounce(manifold: readonly ContactPoint[]): void {
  const { a, b, friction } = manifold[0]!;
  const { reaction } = manifold[0]!.normal;
  const central = isCentral(a) && isCentral(b) && !reaction;
  if (friction === 0 || (manifold.length === 1 && central)) return impulses(manifold, 1);
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
    impulses(manifold, share);
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
 * Impulses that leave every contact at or above `-restitution * share` times its approach velocity, by projected
 * Gauss–Seidel.
 */
function impulses(contacts: readonly ContactPoint[], share: number, tolerance = TOLERANCE): void {
  for (const contact of contacts) {
    contact.impact = contact.impactGrip.p1 = contact.impactGrip.p2 = 0;
    contact.approach = Math.min(contact.normalVelocity(), 0);
  }
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let change = 0;
    for (const contact of contacts) {
      const { a, b, normal } = contact;
      if (normal.response > 0) {
        const excess = contact.normalVelocity() + contact.restitution * share * contact.approach;
        const impact = Math.max(contact.impact - excess / normal.response, 0);
        const step = impact - contact.impact;
        normal.push(step, a, a.velocity, a.angularVelocity, b, b.velocity, b.angularVelocity);
        contact.impact = impact;
        change = Math.max(change, Math.abs(step) * normal.response);
      }
      if (contact.friction > 0)
        change = Math.max(change, coulomb(contact, contact.impact, contact.impactGrip));
    }
    if (change < tolerance) break;
  }
  for (const contact of contacts) {
    contact.struck += contact.impact;
    contact.struckWork += contact.beltWork(contact.impactGrip);
  }
}
