/** Projected Gauss–Seidel over the contacts of a step or of an instant. */
import { takeTurnOfBalls } from './ball-contact.ts';
import { findClusters, partLone, type Cluster } from './clusters.ts';
import { ConjugateDirection } from './conjugate-direction.ts';
import { FORCE, IMPACT, type ContactPoint } from './manifold.ts';
import { Motion } from './motion.ts';
import { takeTurn } from './turn.ts';

export interface Sweeps {
  /** No relative velocity changes by more where it has converged, m/s. */
  readonly tolerance: number;
  readonly iterations: number;
}

const motion = new Motion();
const direction = new ConjugateDirection();

/** Overrelaxation (Young, 1954) of heaps of balls: with it, those of 10 to 200 need half as many sweeps. */
const OMEGA = 1.3;
const ONCE: Sweeps = { tolerance: Infinity, iterations: 1 };
const lone: ContactPoint[] = [];
const shared: ContactPoint[] = [];

/** Sweeps until the contacts agree: those of each cluster by themselves. */
export function sweepClusters(
  contacts: readonly ContactPoint[],
  which: 'impact' | 'force',
  sweeps: (cluster: Cluster) => Sweeps,
): number {
  let most = 0;
  partLone(contacts, lone, shared);
  if (lone.length > 0) sweepBalls(lone, which === 'impact' ? IMPACT : FORCE, ONCE);
  for (const cluster of findClusters(shared)) most = Math.max(most, sweep(cluster, which, sweeps(cluster)));
  return most;
}

/**
 * Changes the impulses of the contacts and the velocities of their bodies until all contacts agree (turn.ts).
 * @param which of the contacts' impulses
 * @param others runs in each sweep besides the contacts, and says how much it changed a velocity, m/s
 * @returns the number of sweeps
 */
export function sweep(
  contacts: readonly ContactPoint[],
  which: 'impact' | 'force',
  { tolerance, iterations }: Sweeps,
  others?: () => number,
): number {
  const press = which === 'impact' ? IMPACT : FORCE;
  let isPlain = !others && contacts.length > 1;
  let ofBalls = !others;
  for (const contact of contacts) {
    isPlain &&= !contact.normal.reaction;
    ofBalls &&= contact.ofBalls;
  }
  if (ofBalls) return sweepBalls(contacts, press, { tolerance, iterations });
  motion.begin(contacts);
  if (isPlain) direction.begin(contacts, press, motion);
  let iteration = 0;
  for (; iteration < iterations; iteration++) {
    let change = 0;
    if (others) {
      motion.store();
      change = others();
      motion.load();
    }
    for (let i = 0; i < contacts.length; i++) {
      const contact = contacts[i]!;
      const at = contact.at + press;
      const step = contact.ofBalls ? takeTurnOfBalls(contact, at, motion, 1) : takeTurn(contact, at, motion);
      if (step > change) change = step;
    }
    if (change < tolerance) break;
    if (!isPlain || iteration + 1 >= iterations) continue;
    if (direction.change(motion) < tolerance) break;
    direction.follow(contacts, press, motion);
  }
  motion.store();
  return iteration;
}

/**
 * The same of contacts of balls alone. Their friction leaves the approach as it is: one turn of a contact that shares no
 * ball is exact, and plain sweeps of others converge faster than along conjugate directions.
 */
function sweepBalls(
  contacts: readonly ContactPoint[],
  press: number,
  { tolerance, iterations }: Sweeps,
): number {
  const relaxation = iterations === 1 || contacts.length === 1 ? 1 : OMEGA;
  motion.begin(contacts);
  let iteration = 0;
  for (; iteration < iterations; iteration++) {
    let change = 0;
    for (let i = 0; i < contacts.length; i++) {
      const contact = contacts[i]!;
      const step = takeTurnOfBalls(contact, contact.at + press, motion, relaxation);
      if (step > change) change = step;
    }
    if (change < tolerance || contacts.length === 1) break;
  }
  motion.store();
  return iteration;
}
