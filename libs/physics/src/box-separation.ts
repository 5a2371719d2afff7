/** The separating-axis theorem for two boxes: a lower bound of their distance that is exact in sign. */
import type { Placed, Separation } from './closest.ts';

type HalfExtents = readonly [number, number, number];

/**
 * An axis of a face is preferred to one of two edges, and the first box's to the second's, unless the other separates
 * by so much more, m: contacts of boxes that lie on one another stay the same from step to step.
 */
const PREFERENCE = 1e-5;

/** Codes of axes: 0 to 2 faces of A, 3 to 5 faces of B, 6 + 3 i + j edge i of A with edge j of B. */
export const EDGES = 6;

/**
 * The largest gap between the projections of two boxes on the 15 axes of Gottschalk et al., "OBBTree" (1996), m, into
 * `out`. Negative: they overlap by at least so much on each axis.
 * @param preference how much more an axis that comes later must separate by, m
 * @param enough a gap that needs no further search, m
 * @returns the code of the axis
 */
export function boxSeparation(
  a: Placed,
  halfA: HalfExtents,
  b: Placed,
  halfB: HalfExtents,
  out: Separation,
  preference = 0,
  enough = Infinity,
): number {
  const [p, q, r, s] = [a.position, b.position, a.rotation, b.rotation];
  const [x, y, z] = [q.x - p.x, q.y - p.y, q.z - p.z];
  let best = 0;
  out.gap = -Infinity;
  let bar = -Infinity;
  for (let code = 0; code < 15; code++) {
    if (code === 3 || code === EDGES) bar = out.gap + preference;
    let nx: number;
    let ny: number;
    let nz: number;
    if (code < 3) {
      nx = r[code]!;
      ny = r[3 + code]!;
      nz = r[6 + code]!;
    } else if (code < EDGES) {
      nx = s[code - 3]!;
      ny = s[code]!;
      nz = s[3 + code]!;
    } else {
      const j = code % 3;
      const i = (code - EDGES - j) / 3;
      const [ux, uy, uz, vx, vy, vz] = [r[i]!, r[3 + i]!, r[6 + i]!, s[j]!, s[3 + j]!, s[6 + j]!];
      nx = uy * vz - uz * vy;
      ny = uz * vx - ux * vz;
      nz = ux * vy - uy * vx;
      const size2 = nx * nx + ny * ny + nz * nz;
      if (size2 < 1e-12) continue; // parallel edges: a face's normal covers them
      const inverse = 1 / Math.sqrt(size2);
      nx *= inverse;
      ny *= inverse;
      nz *= inverse;
    }
    const offset = nx * x + ny * y + nz * z;
    const gap = Math.abs(offset) - extent(r, halfA, nx, ny, nz) - extent(s, halfB, nx, ny, nz);
    if (gap <= out.gap || gap <= bar) continue;
    const sign = offset < 0 ? -1 : 1;
    out.gap = gap;
    out.x = sign * nx;
    out.y = sign * ny;
    out.z = sign * nz;
    best = code;
    if (gap >= enough) break;
  }
  return best;
}

/** As the contacts of boxes choose their axis. */
export function contactAxis(
  a: Placed,
  halfA: HalfExtents,
  b: Placed,
  halfB: HalfExtents,
  near: number,
  out: Separation,
): number {
  return boxSeparation(a, halfA, b, halfB, out, PREFERENCE, near);
}

function extent(r: Float64Array, half: HalfExtents, x: number, y: number, z: number): number {
  return (
    half[0] * Math.abs(r[0]! * x + r[3]! * y + r[6]! * z) +
    half[1] * Math.abs(r[1]! * x + r[4]! * y + r[7]! * z) +
    half[2] * Math.abs(r[2]! * x + r[5]! * y + r[8]! * z)
  );
}
