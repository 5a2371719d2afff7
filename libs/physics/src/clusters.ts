/** Contacts that moving bodies tie together: those of different clusters do not act on each other. */
import type { RigidBody } from './body.ts';
import type { ContactPoint } from './manifold.ts';

/** In the order in which they were given. */
export type Cluster = ContactPoint[];

/** By index of the body: a forest whose trees are the clusters (Tarjan, 1975), and the cluster of each root. */
const parents: number[] = [];
const clusterOf: number[] = [];
const pool: Cluster[] = [];
const clusters: Cluster[] = [];

/** @returns the clusters of the contacts; they hold until the next call */
export function findClusters(contacts: readonly ContactPoint[]): readonly Cluster[] {
  for (let i = 0; i < contacts.length; i++) {
    const { a, b, normal } = contacts[i]!;
    plant(a);
    plant(b);
    if (normal.reaction) normal.reaction.bodies.forEach(plant);
  }
  for (let i = 0; i < contacts.length; i++) {
    const { a, b, normal } = contacts[i]!;
    if (a.mass > 0 && b.mass > 0) unite(a, b);
    if (normal.reaction)
      for (const body of normal.reaction.bodies) if (body.mass > 0) unite(body, moving(a, b));
  }
  clusters.length = 0;
  for (let i = 0; i < contacts.length; i++) {
    const contact = contacts[i]!;
    const root = rootOf(moving(contact.a, contact.b).index);
    let cluster = clusterOf[root]!;
    if (cluster === -1) {
      cluster = clusterOf[root] = clusters.length;
      (pool[cluster] ??= []).length = 0;
      clusters.push(pool[cluster]!);
    }
    clusters[cluster]!.push(contact);
  }
  return clusters;
}

/** By index of the body: with how many contacts it has to do. */
const touching: number[] = [];

/**
 * Sorts contacts into those of balls that touch nothing else, and something static there, and all others, in their order.
 */
export function partLone(
  contacts: readonly ContactPoint[],
  lone: ContactPoint[],
  others: ContactPoint[],
): void {
  lone.length = others.length = 0;
  for (let i = 0; i < contacts.length; i++) {
    const { a, b } = contacts[i]!;
    touching[a.index] = touching[b.index] = 0;
  }
  for (let i = 0; i < contacts.length; i++) {
    const { a, b } = contacts[i]!;
    touching[a.index]!++;
    touching[b.index]!++;
  }
  for (let i = 0; i < contacts.length; i++) {
    const contact = contacts[i]!;
    const { a, b, ofBalls } = contact;
    const isLone = ofBalls && (a.mass === 0 || b.mass === 0) && touching[moving(a, b).index] === 1;
    (isLone ? lone : others).push(contact);
  }
}

const moving = (a: RigidBody, b: RigidBody): RigidBody => (a.mass > 0 ? a : b);

function plant({ index }: RigidBody): void {
  parents[index] = index;
  clusterOf[index] = -1;
}

function unite(a: RigidBody, b: RigidBody): void {
  parents[rootOf(b.index)] = rootOf(a.index);
}

function rootOf(index: number): number {
  let root = index;
  while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
  return root;
}
