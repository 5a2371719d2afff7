import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findClusters, partLone } from './clusters.ts';
import type { ContactPoint } from './manifold.ts';

const COUNT = 12;
/** Bodies of which every fourth does not move. */
const mass = (index: number) => (index % 4 === 0 ? 0 : 1);
const contact = ([a, b]: readonly [number, number]) =>
  ({
    a: { index: a, mass: mass(a) },
    b: { index: b, mass: mass(b) },
    normal: { reaction: undefined },
  }) as unknown as ContactPoint;
const body = fc.integer({ min: 0, max: COUNT - 1 });
const pairs = fc.array(
  fc.tuple(body, body).filter(([a, b]) => a !== b && mass(a) + mass(b) > 0),
  { maxLength: 20 },
);

/** What a flood from one contact over shared moving bodies reaches. */
function flood(contacts: readonly ContactPoint[], from: ContactPoint): Set<ContactPoint> {
  const reached = new Set([from]);
  for (let size = 0; size < reached.size;) {
    size = reached.size;
    const moving = new Set([...reached].flatMap(({ a, b }) => [a, b]).filter(({ mass }) => mass > 0));
    const indices = new Set([...moving].map(({ index }) => index));
    for (const other of contacts)
      if (indices.has(other.a.index) || indices.has(other.b.index)) reached.add(other);
  }
  return reached;
}

test('a cluster is what shared moving bodies reach, in the order given; each contact is in one', () => {
  fc.assert(
    fc.property(pairs, (list) => {
      const contacts = list.map(contact);
      const clusters = findClusters(contacts);
      expect(clusters.flat()).toHaveLength(contacts.length);
      for (const cluster of clusters) {
        const reached = flood(contacts, cluster[0]!);
        expect(cluster).toEqual(contacts.filter((contact) => reached.has(contact)));
      }
    }),
  );
});

test('alone are contacts of balls with something static that nothing else touches', () => {
  fc.assert(
    fc.property(pairs, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (list, balls) => {
      const contacts = list.map((pair, i) => Object.assign(contact(pair), { ofBalls: balls[i]! }));
      const lone: ContactPoint[] = [];
      const others: ContactPoint[] = [];
      partLone(contacts, lone, others);
      expect(lone).toEqual(
        contacts.filter((one) => {
          const moving = [one.a, one.b].filter((body) => body.mass > 0);
          const touches = ({ a, b }: ContactPoint) => [a, b].some(({ index }) => index === moving[0]!.index);
          return one.ofBalls && moving.length === 1 && contacts.filter(touches).length === 1;
        }),
      );
      expect(others).toEqual(contacts.filter((one) => !lone.includes(one)));
    }),
  );
});
