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
  for (const { a, b, normal } of contacts) {
    plant(a);
    plant(b);
    if (normal.reaction) normal.reaction.bodies.forEach(plant);
  }
  for (const { a, b, normal } of contacts) {
    if (a.mass > 0 && b.mass > 0) unite(a, b);
    if (normal.reaction)
      for (const body of normal.reaction.bodies) if (body.mass > 0) unite(body, moving(a, b));
  }
  clusters.length = 0;
  for (const contact of contacts) {
    const root = rootOf(moving(contact.a, contact.b).index);
    if (clusterOf[root] === -1) {
      const count = (clusterOf[root] = clusters.length);
      (pool[count] ??= []).length = 0;
      clusters.push(pool[count]!);
    }
    clusters[clusterOf[root]!]!.push(contact);
  }
  return clusters;
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
