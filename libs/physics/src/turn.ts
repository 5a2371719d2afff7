/**
 * One contact's turn in projected Gauss–Seidel: it ends its approach (or has its target velocity), pushes and never pulls,
 * and obeys Coulomb. At the fixed point its surfaces (belts move theirs) stick, or friction is mu times the normal impulse
 * against the slip.
 *
 * Flat arrays and local variables throughout: nearly all of the time of a heap goes here.
 */
import type { Motion } from './motion.ts';
import type { ContactPoint } from './manifold.ts';
import { FRICTION, NORMAL, TARGET } from './press.ts';
import { RESPONSE, ROW, type Row } from './row.ts';

/**
 * @param press where the numbers begin that it changes
 * @returns the largest change of a relative velocity, m/s
 */
export function takeTurn(contact: ContactPoint, press: number, motion: Motion): number {
  if (contact.normal.reaction) return turnThroughJoints(contact, press, motion);
  const { a, b, numbers: c, at } = contact;
  const { v, m } = motion;
  const response = c[at + RESPONSE]!;
  if (response === 0) return 0;
  const i = 6 * a.index;
  const j = 6 * b.index;
  let ax = v[i]!;
  let ay = v[i + 1]!;
  let az = v[i + 2]!;
  let au = v[i + 3]!;
  let av = v[i + 4]!;
  let aw = v[i + 5]!;
  let bx = v[j]!;
  let by = v[j + 1]!;
  let bz = v[j + 2]!;
  let bu = v[j + 3]!;
  let bv = v[j + 4]!;
  let bw = v[j + 5]!;
  const amx = m[3 * a.index]!;
  const amy = m[3 * a.index + 1]!;
  const amz = m[3 * a.index + 2]!;
  const bmx = m[3 * b.index]!;
  const bmy = m[3 * b.index + 1]!;
  const bmz = m[3 * b.index + 2]!;
  const velocity =
    c[at]! * (bx - ax) +
    c[at + 1]! * (by - ay) +
    c[at + 2]! * (bz - az) +
    (c[at + 6]! * bu + c[at + 7]! * bv + c[at + 8]! * bw) -
    (c[at + 3]! * au + c[at + 4]! * av + c[at + 5]! * aw);
  const before = c[press + NORMAL]!;
  const impulse = Math.max(before - (velocity - c[press + TARGET]!) / response, 0);
  const step = impulse - before;
  let change = Math.abs(step) * response;
  if (step !== 0) {
    c[press + NORMAL] = impulse;
    const x = step * c[at]!;
    const y = step * c[at + 1]!;
    const z = step * c[at + 2]!;
    ax -= x * amx;
    ay -= y * amy;
    az -= z * amz;
    au -= step * c[at + 9]!;
    av -= step * c[at + 10]!;
    aw -= step * c[at + 11]!;
    bx += x * bmx;
    by += y * bmy;
    bz += z * bmz;
    bu += step * c[at + 12]!;
    bv += step * c[at + 13]!;
    bw += step * c[at + 14]!;
  }
  const { friction, tangentResponse } = contact;
  const p1 = c[press + FRICTION]!;
  const p2 = c[press + FRICTION + 1]!;
  const limit = friction * impulse;
  if (friction > 0 && tangentResponse > 0 && (limit > 0 || p1 !== 0 || p2 !== 0)) {
    const t = at + ROW;
    const u = t + ROW;
    const slip1 =
      c[t]! * (bx - ax) +
      c[t + 1]! * (by - ay) +
      c[t + 2]! * (bz - az) +
      (c[t + 6]! * bu + c[t + 7]! * bv + c[t + 8]! * bw) -
      (c[t + 3]! * au + c[t + 4]! * av + c[t + 5]! * aw);
    const slip2 =
      c[u]! * (bx - ax) +
      c[u + 1]! * (by - ay) +
      c[u + 2]! * (bz - az) +
      (c[u + 6]! * bu + c[u + 7]! * bv + c[u + 8]! * bw) -
      (c[u + 3]! * au + c[u + 4]! * av + c[u + 5]! * aw);
    let n1 = p1 - (slip1 + contact.belt1) / tangentResponse;
    let n2 = p2 - (slip2 + contact.belt2) / tangentResponse;
    const square = n1 * n1 + n2 * n2;
    if (square > limit * limit) {
      const share = limit / Math.sqrt(square);
      n1 *= share;
      n2 *= share;
    }
    const s1 = n1 - p1;
    const s2 = n2 - p2;
    c[press + FRICTION] = n1;
    c[press + FRICTION + 1] = n2;
    const x = s1 * c[t]! + s2 * c[u]!;
    const y = s1 * c[t + 1]! + s2 * c[u + 1]!;
    const z = s1 * c[t + 2]! + s2 * c[u + 2]!;
    ax -= x * amx;
    ay -= y * amy;
    az -= z * amz;
    au -= s1 * c[t + 9]! + s2 * c[u + 9]!;
    av -= s1 * c[t + 10]! + s2 * c[u + 10]!;
    aw -= s1 * c[t + 11]! + s2 * c[u + 11]!;
    bx += x * bmx;
    by += y * bmy;
    bz += z * bmz;
    bu += s1 * c[t + 12]! + s2 * c[u + 12]!;
    bv += s1 * c[t + 13]! + s2 * c[u + 13]!;
    bw += s1 * c[t + 14]! + s2 * c[u + 14]!;
    change = Math.max(change, (Math.abs(s1) + Math.abs(s2)) * tangentResponse);
  }
  v[i] = ax;
  v[i + 1] = ay;
  v[i + 2] = az;
  v[i + 3] = au;
  v[i + 4] = av;
  v[i + 5] = aw;
  v[j] = bx;
  v[j + 1] = by;
  v[j + 2] = bz;
  v[j + 3] = bu;
  v[j + 4] = bv;
  v[j + 5] = bw;
  return change;
}

/** The same where joints pass the impulses on. */
function turnThroughJoints(contact: ContactPoint, press: number, { v }: Motion): number {
  const { normal, tangent1, tangent2, friction, tangentResponse, numbers: c } = contact;
  if (normal.response === 0) return 0;
  const before = c[press + NORMAL]!;
  const impulse = Math.max(before - (speed(contact, 0, v) - c[press + TARGET]!) / normal.response, 0);
  const step = impulse - before;
  pass(normal, step, v);
  c[press + NORMAL] = impulse;
  const change = Math.abs(step) * normal.response;
  if (friction === 0 || tangentResponse === 0) return change;
  const p1 = c[press + FRICTION]!;
  const p2 = c[press + FRICTION + 1]!;
  let n1 = p1 - (speed(contact, ROW, v) + contact.belt1) / tangentResponse;
  let n2 = p2 - (speed(contact, 2 * ROW, v) + contact.belt2) / tangentResponse;
  const size = Math.sqrt(n1 * n1 + n2 * n2);
  const share = size > friction * impulse ? (friction * impulse) / size : 1;
  n1 *= share;
  n2 *= share;
  const s1 = n1 - p1;
  const s2 = n2 - p2;
  pass(tangent1, s1, v);
  pass(tangent2, s2, v);
  c[press + FRICTION] = n1;
  c[press + FRICTION + 1] = n2;
  return Math.max(change, (Math.abs(s1) + Math.abs(s2)) * tangentResponse);
}

/** Relative velocity along the row whose numbers begin `row` after the contact's first, m/s. */
function speed({ a, b, numbers: c, at }: ContactPoint, row: number, v: Float64Array): number {
  const [i, j, t] = [6 * a.index, 6 * b.index, at + row];
  let sum = 0;
  for (let k = 0; k < 3; k++)
    sum +=
      c[t + k]! * (v[j + k]! - v[i + k]!) + c[t + 6 + k]! * v[j + 3 + k]! - c[t + 3 + k]! * v[i + 3 + k]!;
  return sum;
}

/** Gives all bodies that the row moves what the impulse `p` along it does, N s. */
function pass({ reaction }: Row, p: number, v: Float64Array): void {
  if (!reaction || p === 0) return;
  const { bodies, change, ties } = reaction;
  for (let i = 0; i < bodies.length; i++) {
    const at = 6 * bodies[i]!.index;
    for (let k = 0; k < 6; k++) v[at + k]! += p * change[6 * i + k]!;
  }
  for (const { island, impulses } of ties) island.addImpulses(impulses, p);
}
