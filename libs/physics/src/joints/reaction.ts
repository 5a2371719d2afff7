/** How joints pass impulses on: an impulse at one body moves all that joints tie to it, at once and exactly. */
import type { Island, RigidBody } from '../body.ts';
import type { Row } from '../row.ts';

/** Responses below this share of that of the bodies alone are rounding: the joints allow no motion along the row. */
const LOCKED = 1e-10;

/**
 * Makes a row act through the joints of its bodies: its impulses then bring those of the joints with them, so that what
 * the joints forbid stays at rest. For bodies without joints nothing changes.
 */
export function throughJoints(row: Row, a: RigidBody, b: RigidBody): void {
  if (!a.island && !b.island) return;
  const islands: Island[] = [];
  if (a.island) islands.push(a.island);
  if (b.island && b.island !== a.island) islands.push(b.island);
  const alone = row.response;
  const bodies = islands.flatMap((island) => island.bodies);
  for (const body of [a, b]) if (!body.island) bodies.push(body);
  for (const body of bodies) {
    body.probe.setZero();
    body.angularProbe.setZero();
  }
  row.push(1, a, a.probe, a.angularProbe, b, b.probe, b.angularProbe);
  const ties = islands.map((island) => ({ island, impulses: island.react() }));
  const change = new Float64Array(6 * bodies.length);
  bodies.forEach(({ probe: v, angularProbe: w }, i) => change.set([v.x, v.y, v.z, w.x, w.y, w.z], 6 * i));
  const response = row.velocity(a.probe, a.angularProbe, b.probe, b.angularProbe);
  row.response = response > LOCKED * alone ? response : 0;
  row.reaction = { bodies, change, ties };
}

/** Relative velocity along `other` that a unit impulse along `row` gives, joints included. */
export function couplingThroughJoints(row: Row, other: Row, a: RigidBody, b: RigidBody): number {
  if (!row.reaction) return row.coupling(a, b, other);
  const { bodies, change } = row.reaction;
  for (const body of [a, b]) {
    const at = 6 * bodies.indexOf(body);
    body.probe.set(change[at]!, change[at + 1]!, change[at + 2]!);
    body.angularProbe.set(change[at + 3]!, change[at + 4]!, change[at + 5]!);
  }
  return other.velocity(a.probe, a.angularProbe, b.probe, b.angularProbe);
}
