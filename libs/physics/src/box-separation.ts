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
  const r = a.rotation;
  const s = b.rotation;
  const x = b.position.x - a.position.x;
  const y = b.position.y - a.position.y;
  const z = b.position.z - a.position.z;
  let best = 0;
  out.gap = -Infinity;
  let bar = -Infinity;
  for (let code = 0; code < 15; code++) {
    if (code === 3) bar = out.gap + preference;
    else if (code === EDGES) {
      bar = out.gap + preference;
      relate(r, s, x, y, z);
    }
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
      if (!mayExceed(i, j, halfA, halfB, Math.max(out.gap, bar))) continue;
      nx = r[3 + i]! * s[6 + j]! - r[6 + i]! * s[3 + j]!;
      ny = r[6 + i]! * s[j]! - r[i]! * s[6 + j]!;
      nz = r[i]! * s[3 + j]! - r[3 + i]! * s[j]!;
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

/** Cosines [3, 3] between the axes of A and those of B, and the way from A to B along the axes of A, m. */
const cosines = new Float64Array(9);
const way = new Float64Array(3);

function relate(r: Float64Array, s: Float64Array, x: number, y: number, z: number): void {
  for (let i = 0; i < 3; i++) {
    way[i] = r[i]! * x + r[3 + i]! * y + r[6 + i]! * z;
    for (let j = 0; j < 3; j++)
      cosines[3 * i + j] = r[i]! * s[j]! + r[3 + i]! * s[3 + j]! + r[6 + i]! * s[6 + j]!;
  }
}

/** Far above rounding, m. */
const ROUNDING = 1e-10;

/** Whether the gap along the cross product of two edges may exceed `gap`: it seldom does, and this takes few numbers. */
function mayExceed(i: number, j: number, halfA: HalfExtents, halfB: HalfExtents, gap: number): boolean {
  const k = (i + 1) % 3;
  const l = (i + 2) % 3;
  const m = (j + 1) % 3;
  const n = (j + 2) % 3;
  const cosine = cosines[3 * i + j]!;
  const size = Math.sqrt(Math.max(1 - cosine * cosine, 0));
  const reach =
    halfA[k]! * Math.abs(cosines[3 * l + j]!) +
    halfA[l]! * Math.abs(cosines[3 * k + j]!) +
    halfB[m]! * Math.abs(cosines[3 * i + n]!) +
    halfB[n]! * Math.abs(cosines[3 * i + m]!);
  const offset = Math.abs(way[l]! * cosines[3 * k + j]! - way[k]! * cosines[3 * l + j]!);
  return offset - reach > gap * size - ROUNDING;
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
