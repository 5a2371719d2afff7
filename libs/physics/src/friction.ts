/** Coulomb friction as one step of an iterative solver. */
import type { ContactPoint } from './manifold.ts';

const result: [number, number] = [0, 0];

/**
 * Pushes the tangential impulses (p1, p2) of a contact towards ending its slip, keeps them within the friction cone
 * sqrt(p1² + p2²) <= mu * normalImpulse, and applies the change to the bodies' velocities. At the fixed point the
 * surfaces (belts move theirs) stick, or friction is mu * normalImpulse against the slip.
 * @returns the new impulses, N s; the array is used again by the next call
 */
export function coulomb(
  contact: ContactPoint,
  normalImpulse: number,
  p1: number,
  p2: number,
): readonly [number, number] {
  const { a, b, tangent1, tangent2, tangentResponse, belt1, belt2 } = contact;
  const [va, wa, vb, wb] = [a.velocity, a.angularVelocity, b.velocity, b.angularVelocity];
  let n1 = p1 - (tangent1.velocity(va, wa, vb, wb) + belt1) / tangentResponse;
  let n2 = p2 - (tangent2.velocity(va, wa, vb, wb) + belt2) / tangentResponse;
  const limit = contact.friction * normalImpulse;
  const size = Math.sqrt(n1 * n1 + n2 * n2);
  if (size > limit) {
    n1 *= limit / size;
    n2 *= limit / size;
  }
  tangent1.push(n1 - p1, a, va, wa, b, vb, wb);
  tangent2.push(n2 - p2, a, va, wa, b, vb, wb);
  result[0] = n1;
  result[1] = n2;
  return result;
}
