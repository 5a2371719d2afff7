/** Springs, Coulomb's and Newton's law between bodies. */
import type { Field } from '@orrery/scene';
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { addForce, type ForceSource } from './forces.ts';
import type { Parts } from './parts.ts';

/** What each kind of field does; one row a kind. */
const fields: { [K in Field['kind']]: (field: Extract<Field, { kind: K }>, parts: Parts) => ForceSource } = {
  spring: (field, parts) => spring(field, parts),
  charge: (field, { bodies }) =>
    inverseSquare(bodies, field.softening, (a, b) => field.constant * a.charge * b.charge),
  gravitation: (field, { bodies }) =>
    inverseSquare(bodies, field.softening, (a, b) => -field.constant * a.mass * b.mass),
};

export function createField<K extends Field['kind']>(
  field: Extract<Field, { kind: K }>,
  parts: Parts,
): ForceSource {
  return fields[field.kind as K](field, parts);
}

function spring(field: Extract<Field, { kind: 'spring' }>, parts: Parts): ForceSource {
  const a = field.bodyA === null ? parts.ground : parts.body(field.bodyA);
  const b = parts.body(field.bodyB);
  const [anchorA, anchorB] = [new cannon.Vec3(...field.anchorA), new cannon.Vec3(...field.anchorB)];
  const [onA, onB, along, velocityA, velocityB] = Array.from({ length: 5 }, () => new cannon.Vec3()) as [
    ...[cannon.Vec3, cannon.Vec3, cannon.Vec3, cannon.Vec3, cannon.Vec3],
  ];
  /** Writes the anchors and the unit vector from A to B. @returns their distance */
  function stretch(): number {
    a.pointToWorldFrame(anchorA, onA);
    b.pointToWorldFrame(anchorB, onB);
    onB.vsub(onA, along);
    const distance = along.length();
    if (distance > 0) along.scale(1 / distance, along);
    return distance;
  }
  return {
    apply() {
      if (a.vanished || b.vanished) return;
      const distance = stretch();
      let tension = field.stiffness * (distance - field.length);
      if (field.damping > 0) {
        a.velocityAt(onA, velocityA);
        b.velocityAt(onB, velocityB);
        tension += field.damping * (along.dot(velocityB) - along.dot(velocityA));
      }
      along.scale(tension, along);
      addForce(a, along, onA);
      along.negate(along);
      addForce(b, along, onB);
    },
    potential() {
      if (a.vanished || b.vanished) return 0;
      const extension = stretch() - field.length;
      return (field.stiffness * extension * extension) / 2;
    },
  };
}

/**
 * A force `strength(a, b)` r / (r² + s²)^(3/2) between all pairs, repelling where it is positive: Plummer's model, whose
 * potential is strength / sqrt(r² + s²). Pairs of two static bodies are left out.
 */
function inverseSquare(
  bodies: readonly RigidBody[],
  softening: number,
  strength: (a: RigidBody, b: RigidBody) => number,
): ForceSource {
  const force = new cannon.Vec3();
  function forPairs(act: (a: RigidBody, b: RigidBody, strength: number, root: number) => void): void {
    for (let i = 1; i < bodies.length; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [bodies[j]!, bodies[i]!];
        if (a.mass === 0 && b.mass === 0) continue;
        const s = strength(a, b);
        if (s === 0) continue;
        b.position.vsub(a.position, force);
        act(a, b, s, Math.sqrt(force.lengthSquared() + softening * softening));
      }
  }
  return {
    apply() {
      forPairs((a, b, s, root) => {
        force.scale(s / (root * root * root), force);
        addForce(b, force);
        force.negate(force);
        addForce(a, force);
      });
    },
    potential() {
      let sum = 0;
      forPairs((_a, _b, s, root) => (sum += s / root));
      return sum;
    },
  };
}
