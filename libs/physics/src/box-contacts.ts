/** Contact points of two boxes: one face clipped against the other, or the crossing of two edges. */
import { contactAxis, EDGES } from './box-separation.ts';
import type { RigidBody } from './body.ts';
import { clamp, type Separation } from './closest.ts';
import type { ContactSet } from './manifold.ts';

type HalfExtents = readonly [number, number, number];
const axis: Separation = { gap: 0, x: 0, y: 0, z: 0 };

/**
 * @param near contacts are points nearer than this, m
 * @param reach and further points of a pair that is near, up to this, m
 */
export function boxContacts(a: RigidBody, b: RigidBody, near: number, reach: number, into: ContactSet): void {
  if (a.shape.kind !== 'box' || b.shape.kind !== 'box') return;
  const [halfA, halfB] = [a.shape.halfExtents, b.shape.halfExtents];
  const code = contactAxis(a, halfA, b, halfB, near, axis);
  if (axis.gap >= near) return;
  if (code >= EDGES) edgeContact(a, halfA, b, halfB, code, into);
  else if (code < 3) faceContacts(a, halfA, code, b, halfB, 1, reach, into);
  else faceContacts(b, halfB, code - 3, a, halfA, -1, reach, into);
}

/** The closest points of the two edges that cross; the edges are those farthest out along the axis. */
function edgeContact(
  a: RigidBody,
  halfA: HalfExtents,
  b: RigidBody,
  halfB: HalfExtents,
  code: number,
  into: ContactSet,
): void {
  const j = code % 3;
  const i = (code - EDGES - j) / 3;
  const cornersA = edgeMiddle(a, halfA, i, 1, onA);
  const cornersB = edgeMiddle(b, halfB, j, -1, onB);
  const [r, s] = [a.rotation, b.rotation];
  const [ux, uy, uz, vx, vy, vz] = [r[i]!, r[3 + i]!, r[6 + i]!, s[j]!, s[3 + j]!, s[6 + j]!];
  const [x, y, z] = [onA.x - onB.x, onA.y - onB.y, onA.z - onB.z];
  const cos = ux * vx + uy * vy + uz * vz;
  const [alongA, alongB] = [ux * x + uy * y + uz * z, vx * x + vy * y + vz * z];
  const t = clamp((cos * alongB - alongA) / (1 - cos * cos), halfA[i]!);
  const px = onA.x + t * ux + (axis.x * axis.gap) / 2;
  const py = onA.y + t * uy + (axis.y * axis.gap) / 2;
  const pz = onA.z + t * uz + (axis.z * axis.gap) / 2;
  const edge = 8192 + 16 * (code - EDGES) + 4 * cornersA + cornersB;
  into.add(a, b, axis.x, axis.y, axis.z, px, py, pz, axis.gap, edge);
}

const onA = { x: 0, y: 0, z: 0 };
const onB = { x: 0, y: 0, z: 0 };

/** The middle of a box's edge along its axis `i` that lies farthest along `sign` times the contact axis. @returns its code */
function edgeMiddle(
  { position, rotation: r }: RigidBody,
  half: HalfExtents,
  i: number,
  sign: number,
  out: { x: number; y: number; z: number },
): number {
  out.x = position.x;
  out.y = position.y;
  out.z = position.z;
  let code = 0;
  for (let k = 1; k < 3; k++) {
    const other = (i + k) % 3;
    const along = sign * (r[other]! * axis.x + r[3 + other]! * axis.y + r[6 + other]! * axis.z);
    const h = along < 0 ? -half[other]! : half[other]!;
    if (along < 0) code += k;
    out.x += h * r[other]!;
    out.y += h * r[3 + other]!;
    out.z += h * r[6 + other]!;
  }
  return code;
}

/** A polygon of at most 8 corners in the plane of the reference face, with the height of each above it. */
class Polygon {
  size = 0;
  readonly u = new Float64Array(12);
  readonly v = new Float64Array(12);
  readonly height = new Float64Array(12);
  /** Which side the edge from this corner to the next lies on: 0 to 3 the incident face's, 4 to 7 the reference's. */
  readonly side = new Uint8Array(12);

  push(u: number, v: number, height: number, side: number): void {
    const at = this.size++;
    this.u[at] = u;
    this.v[at] = v;
    this.height[at] = height;
    this.side[at] = side;
  }
}
const polygons: readonly [Polygon, Polygon] = [new Polygon(), new Polygon()];

/**
 * The face of `other` that looks most against the reference face, clipped by the sides of that (Sutherland & Hodgman,
 * 1974): each corner near its plane is a contact.
 * @param sign 1 where the contact axis points out of the reference face, -1 where into it
 */
function faceContacts(
  box: RigidBody,
  half: HalfExtents,
  face: number,
  other: RigidBody,
  otherHalf: HalfExtents,
  sign: 1 | -1,
  reach: number,
  into: ContactSet,
): void {
  const nx = sign * axis.x;
  const ny = sign * axis.y;
  const nz = sign * axis.z;
  const i = (face + 1) % 3;
  const j = (face + 2) % 3;
  const r = box.rotation;
  const s = other.rotation;
  const outward = r[face]! * nx + r[3 + face]! * ny + r[6 + face]! * nz;
  let incident = 0;
  let most = 0;
  for (let k = 0; k < 3; k++) {
    const along = s[k]! * nx + s[3 + k]! * ny + s[6 + k]! * nz;
    if (Math.abs(along) > Math.abs(most) + 1e-9) {
      most = along;
      incident = k;
    }
  }
  const k = (incident + 1) % 3;
  const l = (incident + 2) % 3;
  const towards = most > 0 ? -otherHalf[incident]! : otherHalf[incident]!;
  let from = polygons[0];
  let to = polygons[1];
  from.size = 0;
  for (let corner = 0; corner < 4; corner++) {
    const ck = corner === 0 || corner === 3 ? -otherHalf[k]! : otherHalf[k]!;
    const cl = corner < 2 ? -otherHalf[l]! : otherHalf[l]!;
    const x = other.position.x + s[incident]! * towards + s[k]! * ck + s[l]! * cl - box.position.x;
    const y =
      other.position.y + s[3 + incident]! * towards + s[3 + k]! * ck + s[3 + l]! * cl - box.position.y;
    const z =
      other.position.z + s[6 + incident]! * towards + s[6 + k]! * ck + s[6 + l]! * cl - box.position.z;
    from.push(
      r[i]! * x + r[3 + i]! * y + r[6 + i]! * z,
      r[j]! * x + r[3 + j]! * y + r[6 + j]! * z,
      nx * x + ny * y + nz * z - half[face]!,
      corner,
    );
  }
  for (let side = 0; side < 4; side++) {
    clip(from, to, side, side < 2 ? half[i]! : half[j]!);
    const clipped = to;
    to = from;
    from = clipped;
  }
  // Codes of the two faces: contacts keep theirs as long as the boxes lie on one another in the same way.
  const faces =
    ((sign > 0 ? 0 : 6) + 2 * face + (outward > 0 ? 0 : 1)) * 6 + 2 * incident + (most > 0 ? 0 : 1);
  const deepest = indexOfDeepest(from);
  for (let at = 0; at < from.size; at++) {
    // The deepest corner is as deep as the boxes are by their separation, whatever rounding in the clipping did.
    const gap = at === deepest ? Math.min(from.height[at]!, axis.gap) : from.height[at]!;
    if (gap >= reach) continue;
    const u = from.u[at]!;
    const v = from.v[at]!;
    const h = half[face]! + gap / 2;
    const x = box.position.x + r[i]! * u + r[j]! * v + nx * h;
    const y = box.position.y + r[3 + i]! * u + r[3 + j]! * v + ny * h;
    const z = box.position.z + r[6 + i]! * u + r[6 + j]! * v + nz * h;
    const before = from.side[(at + from.size - 1) % from.size]!;
    const feature = faces * 64 + before * 8 + from.side[at]!;
    if (sign > 0) into.add(box, other, axis.x, axis.y, axis.z, x, y, z, gap, feature);
    else into.add(other, box, axis.x, axis.y, axis.z, x, y, z, gap, feature);
  }
}

function indexOfDeepest(polygon: Polygon): number {
  let deepest = 0;
  for (let at = 1; at < polygon.size; at++) if (polygon.height[at]! < polygon.height[deepest]!) deepest = at;
  return deepest;
}

/** Corners this far outside still count as inside, m, so that boxes of one size keep the corners that they have. */
const ON_THE_SIDE = 1e-9;

/** Cuts away what lies beyond `limit` on side 0 (+u), 1 (-u), 2 (+v) or 3 (-v). */
function clip(from: Polygon, to: Polygon, side: number, limit: number): void {
  to.size = 0;
  const coordinate = side < 2 ? from.u : from.v;
  const sign = side % 2 === 0 ? 1 : -1;
  for (let at = 0; at < from.size; at++) {
    const next = (at + 1) % from.size;
    const here = sign * coordinate[at]! - limit;
    const there = sign * coordinate[next]! - limit;
    const isIn = here <= ON_THE_SIDE;
    if (isIn) to.push(from.u[at]!, from.v[at]!, from.height[at]!, from.side[at]!);
    if (isIn === there <= ON_THE_SIDE) continue;
    const share = Math.min(Math.max(here / (here - there), 0), 1);
    to.push(
      from.u[at]! + share * (from.u[next]! - from.u[at]!),
      from.v[at]! + share * (from.v[next]! - from.v[at]!),
      from.height[at]! + share * (from.height[next]! - from.height[at]!),
      isIn ? 4 + side : from.side[at]!,
    );
  }
}
