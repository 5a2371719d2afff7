/** Coulomb friction as one step of an iterative solver. */
import type { ContactPoint } from './manifold.ts';

/** Impulses along a contact's two tangents, N s. */
export interface Tangential {
  p1: number;
  p2: number;
}

/**
 * Pushes the tangential impulses of a contact towards ending its slip, keeps them within the friction cone
 * sqrt(p1² + p2²) <= mu * normalImpulse, and applies the change to the bodies' velocities. At the fixed point the
 * surfaces (belts move theirs) stick, or friction is mu * normalImpulse against the slip.
 * @param impulses those so far; replaced by the new ones
 * @returns how much the slip changes at most, m/s
 */
export function coulomb(contact: ContactPoint, normalImpulse: number, impulses: Tangential): number {
  const { a, b, tangent1, tangent2, tangentResponse } = contact;
  const { p1, p2 } = impulses;
  const limit = contact.friction * normalImpulse;
  if (tangentResponse === 0 || (limit === 0 && p1 === 0 && p2 === 0)) return 0;
  const { velocity: va, angularVelocity: wa } = a;
  const { velocity: vb, angularVelocity: wb } = b;
  let n1 = p1 - (tangent1.velocity(va, wa, vb, wb) + contact.belt1) / tangentResponse;
  let n2 = p2 - (tangent2.velocity(va, wa, vb, wb) + contact.belt2) / tangentResponse;
  const size = Math.sqrt(n1 * n1 + n2 * n2);
  if (size > limit) {
    n1 *= limit / size;
    n2 *= limit / size;
  }
  tangent1.push(n1 - p1, a, va, wa, b, vb, wb);
  tangent2.push(n2 - p2, a, va, wa, b, vb, wb);
  impulses.p1 = n1;
  impulses.p2 = n2;
  return (Math.abs(n1 - p1) + Math.abs(n2 - p2)) * tangentResponse;
}
