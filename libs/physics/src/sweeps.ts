/** Projected Gauss–Seidel over the contacts of a step or of an instant. */
import { findClusters, type Cluster } from './clusters.ts';
import { ConjugateDirection } from './conjugate-direction.ts';
import type { ContactPoint, Press } from './manifold.ts';
import { Motion } from './motion.ts';
import { takeTurn } from './turn.ts';

export interface Sweeps {
  /** No relative velocity changes by more where it has converged, m/s. */
  readonly tolerance: number;
  readonly iterations: number;
}

const motion = new Motion();
const direction = new ConjugateDirection();
const presses: Press[] = [];

/** Sweeps until the contacts agree: those of each cluster by themselves. */
export function sweepClusters(
  contacts: readonly ContactPoint[],
  which: 'impact' | 'force',
  sweeps: (cluster: Cluster) => Sweeps,
): number {
  let most = 0;
  for (const cluster of findClusters(contacts)) most = Math.max(most, sweep(cluster, which, sweeps(cluster)));
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
  presses.length = 0;
  let isPlain = !others && contacts.length > 1;
  for (const contact of contacts) {
    presses.push(which === 'impact' ? contact.impact : contact.force);
    isPlain &&= !contact.normal.reaction;
  }
  motion.begin(contacts);
  if (isPlain) direction.begin(presses, motion);
  let iteration = 0;
  for (; iteration < iterations; iteration++) {
    let change = 0;
    if (others) {
      motion.store();
      change = others();
      motion.load();
    }
    for (let i = 0; i < contacts.length; i++) {
      const step = takeTurn(contacts[i]!, presses[i]!, motion);
      if (step > change) change = step;
    }
    if (change < tolerance) break;
    if (!isPlain || iteration + 1 >= iterations) continue;
    if (direction.change(motion) < tolerance) break;
    direction.follow(contacts, presses, motion);
  }
  motion.store();
  return iteration;
}
